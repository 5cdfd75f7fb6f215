"""The gateway's rules, each in the module named after it."""
