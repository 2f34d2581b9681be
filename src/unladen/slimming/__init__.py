"""The story of slim: an image is traced, built from a list of what it uses, tried and repaired."""
