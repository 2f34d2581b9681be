"""A climb, a slimming or a trace, shown: one file per format."""
