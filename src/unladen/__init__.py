"""unladen: finds the weight of a container image, removes it, and proves that nothing broke."""

__version__ = "0.1.0"
