"""The engine: exact checks, and faster readers above them."""
