"""sheets show, sum, convert, kinds, dates: small work on tables."""

import argparse
import gettext
import json
import sys
from importlib.metadata import entry_points, version
from importlib.resources import files

from tabulate import tabulate

kinds = {point.name: point for point in entry_points(group="sheets.kinds")}


def rows_of(wanted: argparse.Namespace) -> list[dict[str, object]]:
    name = wanted.kind or wanted.file.rpartition(".")[2]
    if name not in kinds:
        sys.exit(f"sheets: cannot read {wanted.file}: no such kind: {name}")
    read = kinds[name].load()
    if wanted.file == "-":
        return read(sys.stdin)
    try:
        with open(wanted.file, encoding="utf-8") as file:
            return read(file)
    except OSError as error:
        sys.exit(f"sheets: cannot read {wanted.file}: {error.strerror}")


def show(wanted: argparse.Namespace) -> None:
    print(tabulate(rows_of(wanted), headers="keys", tablefmt=wanted.style))


def total(wanted: argparse.Namespace) -> None:
    print(round(sum(float(str(row[wanted.column])) for row in rows_of(wanted)), 2))


def convert(wanted: argparse.Namespace) -> None:
    json.dump(rows_of(wanted), sys.stdout, ensure_ascii=False, indent=1)
    print()


def list_kinds(wanted: argparse.Namespace) -> None:
    for name in sorted(kinds):
        print(name, kinds[name].value)


def dates(wanted: argparse.Namespace) -> None:
    from dateutil.parser import parse  # loaded for this alone

    for text in wanted.date:
        print(parse(text).isoformat())


def greeting(wanted: argparse.Namespace) -> None:
    print(files("sheets").joinpath("data/greeting.txt").read_text(encoding="utf-8").strip())


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="sheets", description=gettext.gettext("Small work on tables."))
    made.add_argument("--version", action="version", version=f"sheets {version('sheets')}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, work, help in (("show", show, "print a table"), ("sum", total, "add a column up"), ("convert", convert, "print as JSON")):
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(work=work)
        command.add_argument("file", help="a file, or - for standard input")
        command.add_argument("--kind", help="csv, json or yaml")
        if name == "show":
            command.add_argument("--style", default="simple")
        if name == "sum":
            command.add_argument("--column", required=True)
    commands.add_parser("kinds", help="list the kinds of files").set_defaults(work=list_kinds)
    commands.add_parser("greeting", help="greet").set_defaults(work=greeting)
    command = commands.add_parser("dates", help="normalize dates")
    command.add_argument("date", nargs="+")
    command.set_defaults(work=dates)
    return made


def main() -> None:
    wanted = parser().parse_args()
    wanted.work(wanted)


if __name__ == "__main__":
    main()
