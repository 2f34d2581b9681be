"""A database in a file, which the image brings along and the program changes: journal, full text, JSON, dates."""

import sqlite3
import sys
from pathlib import Path

FILE = Path("/data/shop.db")
FILE.parent.mkdir(exist_ok=True)
database = sqlite3.connect(FILE)
if sys.argv[1] == "init":
    database.executescript(
        "create virtual table thing using fts5(name, about);"
        "insert into thing values ('lamp', 'gives light'), ('chair', 'to sit on'), ('candle', 'light, warmth');"
    )
elif sys.argv[1] == "find":
    found = database.execute("select name from thing where thing match ? order by rank", sys.argv[2:])
    print(found.fetchall())
elif sys.argv[1] == "add":
    print(database.execute("pragma journal_mode=wal").fetchone())
    with database:
        database.execute("insert into thing values (?, ?)", sys.argv[2:])
    print(database.execute("select count(*) from thing").fetchone())
    other = sqlite3.connect(FILE)
    print(other.execute("select name from thing where thing match 'table'").fetchall())
else:
    answer = database.execute("select json_extract(?, '$.a[1]'), date('2024-02-28', '+2 days')", sys.argv[2:])
    print(answer.fetchone())
