"""Which package does a file belong to? One file per kind of package."""
