"""Fast readers, which can only say that an event certainly conforms (docs/architecture.md)."""
