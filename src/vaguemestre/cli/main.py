"""The ``vaguemestre`` command: its groups, and the one place where an error becomes a status."""

import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from vaguemestre.cli import (
    access,
    archive,
    audit,
    bal,
    block,
    certificate,
    console,
    conversation,
    device,
    directory,
    erasure,
    held,
    keys,
    notification,
    queue,
    trust,
)
from vaguemestre.cli.check import check
from vaguemestre.cli.demo.command import demo
from vaguemestre.cli.expire import expire
from vaguemestre.cli.failures import MEANINGS, ExitStatus, explained
from vaguemestre.cli.init import init
from vaguemestre.cli.inspect import inspect
from vaguemestre.cli.migrate import migrate
from vaguemestre.cli.operation import Config
from vaguemestre.cli.output import complain, say
from vaguemestre.cli.serve import serve
from vaguemestre.cli.trace import trace

_EPILOG = "Exit status: " + "; ".join(f"{status.value} {text}" for status, text in MEANINGS.items()) + "."

app = typer.Typer(
    name="vaguemestre",
    help="Mail between health professionals and citizens: the server and its administration.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        say(f"vaguemestre {version('vaguemestre')}")
        raise typer.Exit


@app.callback()
def root(
    config: Config = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Mail between health professionals and citizens: the server and its administration."""


for _command in (init, serve, check, trace, expire, inspect, migrate, demo):
    app.command()(_command)
for _group in (
    bal,
    archive,
    audit,
    block,
    access,
    device,
    erasure,
    certificate,
    console,
    conversation,
    held,
    directory,
    notification,
    queue,
    trust,
    keys,
):
    app.add_typer(_group.commands)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Never a traceback: see ``failures``."""
    before = os.umask(0o077)  # whatever a command writes is its owner's alone
    try:
        app(args=None if arguments is None else list(arguments), prog_name="vaguemestre")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitStatus.DONE
    except KeyboardInterrupt:
        complain("Interrupted.")
        return ExitStatus.INTERRUPTED
    except Exception as error:
        sentence, status = explained(error)
        complain(sentence)
        return status
    finally:
        os.umask(before)
    return ExitStatus.DONE
