"""Where base images come from: a registry, or assembled from Debian packages."""
