"""JavaScript source."""

from __future__ import annotations

from unladen.syntax.grammar import Grammar

GRAMMAR = Grammar("tree_sitter_javascript")
