import json
from typing import TextIO


def read(file: TextIO) -> list[dict[str, object]]:
    return json.load(file)
