"""Which files does a program touch? The sensor's run and its log."""
