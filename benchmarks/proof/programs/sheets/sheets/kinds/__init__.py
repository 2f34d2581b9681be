"""Kinds of files, found by their entry points."""
