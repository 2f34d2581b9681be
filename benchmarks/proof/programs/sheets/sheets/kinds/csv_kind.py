import csv
from typing import TextIO


def read(file: TextIO) -> list[dict[str, object]]:
    return list(csv.DictReader(file))
