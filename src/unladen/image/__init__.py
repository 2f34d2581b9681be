"""What is in an image: its layers read from an archive, its merged tree of files, and whose files are whose."""
