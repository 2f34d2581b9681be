from typing import TextIO

import yaml


def read(file: TextIO) -> list[dict[str, object]]:
    return yaml.safe_load(file)
