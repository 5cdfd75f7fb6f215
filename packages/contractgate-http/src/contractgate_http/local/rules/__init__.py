"""What the gateway rules, each in the module named after it."""
