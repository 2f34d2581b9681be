"""The Prometheus text exposition format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unladen.language.registry import ecosystems

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?P<labels>\{.*\})?\s+(?P<value>\S+)(\s+-?\d+)?\s*$")
_PROCESS = "process_"
_TIMED = re.compile(r"(seconds|duration|latency|time|_ms|_ns)")


def is_exposition(content_type: str) -> bool:
    return (content_type.startswith("text/plain") and "version=0.0.4" in content_type) or (
        content_type.startswith("application/openmetrics-text")
    )


def metric_values(text: str) -> Iterator[tuple[str, str, object, bool]]:
    """(name, labels, value, whether it varies by nature) of each sample.

    By nature vary: what the language's runtime tells of its process, moments, and how long things took
    (sums and buckets of durations; their counts do not). Two runs may agree on these by chance.
    """
    runtimes = (_PROCESS, *ecosystems().metrics)
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match is None or line.startswith("#"):
            continue
        name, labels, value = match["name"], match["labels"] or "", match["value"]
        if name.startswith(runtimes):
            # the labels of python_info and the like name the runtime's own version
            yield name, "" if name.endswith("_info") else labels, _number(value), True
        else:
            yield name, labels, _number(value), _is_timed(name, labels)


def _is_timed(name: str, labels: str) -> bool:
    if name.endswith(("_created", "_timestamp", "_timestamp_seconds")):
        return True
    if name.endswith("_count") or 'le="+Inf"' in labels:
        return False
    return _TIMED.search(name) is not None and (
        name.endswith(("_sum", "_bucket")) or "quantile=" in labels or not name.endswith("_total")
    )


def _number(value: str) -> object:
    try:
        return float(value) if value.lower() != "nan" else "NaN"
    except ValueError:
        return value
