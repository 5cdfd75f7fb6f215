"""A compiled contract: the exact engine and what it prints."""
