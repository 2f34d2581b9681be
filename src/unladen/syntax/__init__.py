"""Source code read as syntax trees: one file per language, each with a grammar of tree-sitter's."""
