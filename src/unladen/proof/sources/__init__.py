"""Where the cases of a proof come from: one file per source."""
