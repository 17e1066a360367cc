"""The edge: everything that faces the outside world. It holds no rules."""

__version__ = "0.1.0"
