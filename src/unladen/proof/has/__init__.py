"""What an image has: its files, packages, programs and configuration against the baseline's. Nothing is run."""
