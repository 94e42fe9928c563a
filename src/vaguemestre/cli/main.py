"""The ``vaguemestre`` command: its groups, and the one place where an error becomes a status.

A command is loaded when it is given: whoever lists accounts waits neither for the doors of the server nor for
the demonstration, which were a third of what every command loaded.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from vaguemestre.cli.failures import MEANINGS, ExitStatus, explained
from vaguemestre.cli.operation import Config
from vaguemestre.cli.output import complain, say

_EPILOG = "Exit status: " + "; ".join(f"{status.value} {text}" for status, text in MEANINGS.items()) + "."

_COMMANDS: Final = {
    "init": "init",
    "serve": "serve",
    "check": "check",
    "doctor": "doctor.command",
    "top": "top",
    "trace": "trace",
    "expire": "expire",
    "inspect": "inspect",
    "migrate": "migrate",
    "backup": "backup",
    "restore": "backup",
    "verify": "verify",
    "repair": "verify",
    "demo": "demo.command",
}
"""Single commands: a function of that name in that module of ``cli``."""
_GROUPS: Final = (
    "bal",
    "archive",
    "audit",
    "block",
    "access",
    "device",
    "erasure",
    "certificate",
    "console",
    "conversation",
    "held",
    "directory",
    "notification",
    "queue",
    "set-up",
    "trust",
    "keys",
)
"""Groups: ``commands`` in the module of that name. In the order of the help."""


def command_line(first: str = "") -> typer.Typer:
    """The command or group that ``first`` names, loaded alone; all of them when it names none.

    A first word that is no command is an option, a request for help or a mistake, and the answer to a mistake
    names what is nearest.
    """
    app = typer.Typer(
        name="vaguemestre",
        help="Mail between health professionals and citizens: the server and its administration.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    is_named = first in _COMMANDS or first in _GROUPS
    for name, module in _COMMANDS.items():
        if name == first or not is_named:
            app.command()(getattr(import_module(f"vaguemestre.cli.{module}"), name))
    for name in _GROUPS:
        if name == first or not is_named:
            app.add_typer(import_module(f"vaguemestre.cli.{name.replace('-', '_')}").commands)
    return app


def _first_word(given: Sequence[str]) -> str:
    """The command, also behind the settings file: empty when there is none."""
    words = iter(given)
    for word in words:
        if word == "--config":
            next(words, None)
        elif not word.startswith("--config="):
            return word
    return ""


def _loaded(first: str) -> typer.Typer:
    """As ``command_line``. What is loaded stays: to search it for what may go takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return command_line(first)
    finally:
        if was_enabled:
            gc.enable()


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # nothing else asks which release this is

        say(f"vaguemestre {version('vaguemestre')}")
        raise typer.Exit


def _root(
    config: Config = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Mail between health professionals and citizens: the server and its administration."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Never a traceback: see ``failures``."""
    before = os.umask(0o077)  # whatever a command writes is its owner's alone
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        _loaded(_first_word(given))(args=given, prog_name="vaguemestre")
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
