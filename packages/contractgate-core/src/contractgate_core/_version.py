"""The one version that all three distributions share."""

__version__ = "0.5.0"
