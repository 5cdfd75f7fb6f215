"""The version of this distribution; its siblings have the same."""

__version__ = "0.5.0"
