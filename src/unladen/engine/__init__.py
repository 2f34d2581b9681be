"""Container engines: one interface to build, run, copy and clean up, and a file for each engine that implements it."""
