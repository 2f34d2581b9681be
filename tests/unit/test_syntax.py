"""Source code as syntax trees."""

from __future__ import annotations

import subprocess
import sys

from unladen.syntax import go, javascript
from unladen.syntax.grammar import line, text


def test_a_query_finds_nodes_in_the_order_of_the_text() -> None:
    root = go.GRAMMAR.parse('package main\n\nfunc main() {\n\tb("ü")\n\ta()\n}\n')
    found = go.GRAMMAR.find("(call_expression function: (_) @name)", root)
    assert [(text(each["name"][0]), line(each["name"][0])) for each in found] == [("b", 4), ("a", 5)]


def test_source_with_mistakes_has_a_tree_too() -> None:
    root = javascript.GRAMMAR.parse("const a = ;\nb();\n")
    assert root.has_error
    assert len(javascript.GRAMMAR.find("(call_expression) @call", root)) == 1
    assert not javascript.GRAMMAR.parse("").has_error


def test_no_grammar_is_loaded_before_something_is_parsed() -> None:
    code = "import sys, unladen.cli, unladen.syntax.go; sys.exit('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
