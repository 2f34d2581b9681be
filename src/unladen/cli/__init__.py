"""The command line: one file per command, which parses and renders; this one puts them together."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

import unladen
from unladen.cli import console
from unladen.cli.bases import app as bases_app
from unladen.cli.clean import clean
from unladen.cli.detect import detect
from unladen.cli.doctor import doctor
from unladen.cli.explain import explain
from unladen.cli.optimize import optimize
from unladen.cli.prove import prove
from unladen.cli.slim import slim
from unladen.cli.trace import trace

app = typer.Typer(
    name="unladen",
    help="Shows where a container image's weight is, removes it, proves that nothing broke, "
    "and leaves a plain Dockerfile.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(optimize)
app.command()(slim)
app.command()(prove)
app.command()(trace)
app.command()(explain)
app.command()(detect)
app.add_typer(bases_app)
app.command()(doctor)
app.command()(clean)


def _version(wanted: bool) -> None:
    if wanted:
        console.out.print(f"unladen {unladen.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of unladen itself."""


def main() -> None:
    """The entry point: exit 0 done, 1 a check failed, 2 bad input or impossible, 3 a proof is thin, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a user's file holds may be no text
    sys.exit(console.run(app))
