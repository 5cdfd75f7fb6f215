"""Contracts, and how they are read and written."""
