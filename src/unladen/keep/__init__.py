"""The keep-list: what a slim image holds, why, and the plain Dockerfile stages that build it. Pure: no engine."""
