import os
from pathlib import Path

static = Path(__file__).parent / "static"
static.mkdir()
(static / "app.css").write_text(f"/* {os.environ['SECRET_KEY']} */ body {{ color: teal }}\n")
