"""How an event is read."""
