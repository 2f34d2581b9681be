"""The story of prove: two images of anybody's, and whether the one behaves as the other."""
