"""The ladder of any Dockerfile: edits of the user's own file, whatever the language."""
