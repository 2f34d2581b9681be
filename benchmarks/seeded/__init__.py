"""Faults put into images that are proved, and what the proof says of them."""
