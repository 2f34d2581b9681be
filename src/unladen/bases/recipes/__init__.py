"""The recipes, a file per family of images."""
