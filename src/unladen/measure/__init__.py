"""What an image costs: its size, its compressed layers, its files."""
