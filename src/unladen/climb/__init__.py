"""The story of optimize: a project's ladder is climbed, each rung is tried, one is recommended."""
