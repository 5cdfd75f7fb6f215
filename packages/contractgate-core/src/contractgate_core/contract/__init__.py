"""What a contract is, and how a text becomes one."""
