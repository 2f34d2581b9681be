"""The public API: what the commands do, as functions with values for answers; one file a command."""
