"""The ``vaguemestre`` command: its groups, and the one place where an error becomes a status.

A command is loaded when it is given: whoever lists accounts waits neither for the doors of the server nor for
the demonstration, which were a third of what every command loaded. Help, ``--version`` and a mistyped word
load none.
"""

import gc
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated, Final, NamedTuple

import typer

from vaguemestre.cli.failures import MEANINGS, ExitStatus, explained
from vaguemestre.cli.operation import Config
from vaguemestre.cli.output import complain, say

_EPILOG = "Exit status: " + "; ".join(f"{status.value} {text}" for status, text in MEANINGS.items()) + "."


class _Command(NamedTuple):
    """``module`` of ``cli``; what the help says of it, so that the help loads none of them."""

    module: str
    summary: str


_COMMANDS: Final = {
    "init": _Command("init", "Make settings, master key, development certificates and databases in DIR."),
    "serve": _Command("serve", "Serve until SIGTERM or Ctrl-C. The log goes to standard error."),
    "check": _Command(
        "check",
        "Check configuration and store: what is wrong, and how to mend it. Status 1 when something is.",
    ),
    "doctor": _Command(
        "doctor.command",
        "Explain what is wrong with this installation and how to mend it. Status 1 when something is.",
    ),
    "top": _Command(
        "top", "Watch a running server: connections, rates, queue. Needs `listen.metrics`. Ctrl-C ends it."
    ),
    "trace": _Command(
        "trace",
        "Tell what became of messages: who sent them when, and for each recipient whether it was read.",
    ),
    "statistics": _Command(
        "statistics",
        "Show what took place in each month: messages, conversations, openings, sign-ins, mailboxes.",
    ),
    "expire": _Command(
        "expire", "Remove the messages whose time has come, and destroy the keys nothing needs any more."
    ),
    "inspect": _Command(
        "inspect",
        "Show a mailbox: metadata, or with a reason one message. Its holder is told in his mailbox.",
    ),
    "migrate": _Command("migrate", "Make the tables of the database, or bring them up to this release."),
    "backup": _Command(
        "backup",
        "Copy the messages into one sealed file, while the server runs. Keys are never in it: --keys-to.",
    ),
    "restore": _Command(
        "backup",
        "Take a backup back into an empty folder; with --verify, open all of it. Status 1 if anything lacks.",
    ),
    "verify": _Command(
        "verify",
        "Look through the whole store while mail goes on: sums, folders, cards, bodies. Status 1 if unsound.",
    ),
    "repair": _Command(
        "verify",
        "Recompute what follows from other rows: sums of accounts, ends of mailboxes. Says it; --do does it.",
    ),
    "demo": _Command(
        "demo.command", "Start a server on loopback, play the service's story over real connections, stay up."
    ),
}
"""Single commands: a function of that name in that module of ``cli``."""
_GROUPS: Final = {
    "bal": _Command("bal", "Accounts: made, shown, opened, closed."),
    "archive": _Command("archive", "Closed mailboxes, sealed for ten years: list, open, restore."),
    "audit": _Command("audit", "The journal: verify its chain, export its lines, write an anchor."),
    "block": _Command("block", "Professionals whom a citizen has blocked: list, add, remove."),
    "access": _Command("access", "Readers of others' mailboxes: grant, revoke, list."),
    "device": _Command("device", "Passwords of single devices: list, add, remove."),
    "erasure": _Command("erasure", "Erasing on request, and its certificates."),
    "certificate": _Command(
        "certificate", "Client certificates of APP mailboxes: list, add, remove. Those of operators: show."
    ),
    "console": _Command("console", "Who administers by the web console: add, list, change."),
    "conversation": _Command("conversation", "Conversations: list, show, history, close, open."),
    "held": _Command("held", "Messages sent for later that wait: list, show, cancel, release."),
    "directory": _Command("directory", "The public directory of mailboxes: import, search, show."),
    "notification": _Command("notification", "Notifications: list, show, retry; test one; print their text."),
    "queue": _Command("queue", "Mail for other operators that waits: list, show, ages, retry, hold, drop."),
    "set-up": _Command("set_up", "How mail programs set themselves up: records to publish, addresses asked."),
    "trust": _Command("trust", "The trust list of operators: list, show, refresh, verify."),
    "keys": _Command("keys", "The master key: rotate."),
}
"""Groups: ``commands`` in that module. In the order of the help."""


def command_line(first: str = "") -> typer.Typer:
    """The command or group that ``first`` names, loaded alone; when it names none, what each is in a line.

    A first word that is no command is an option, a request for help or a mistake, and the answer to a mistake
    names what is nearest: nothing of it is ever run.
    """
    if first in _COMMANDS or first in _GROUPS:
        return _with_commands([first])
    app = _bare()
    for name, known in (_COMMANDS | _GROUPS).items():
        app.command(name, help=known.summary)(_never_run)
    return app


def every_command() -> typer.Typer:
    """All of them, loaded: for the documentation."""
    return _with_commands([*_COMMANDS, *_GROUPS])


def _with_commands(names: Iterable[str]) -> typer.Typer:
    app = _bare()
    for name in names:
        known = _COMMANDS.get(name) or _GROUPS[name]
        module = import_module(f"vaguemestre.cli.{known.module}")
        if name in _COMMANDS:
            app.command()(getattr(module, name))
        else:
            app.add_typer(module.commands)
    return app


def _bare() -> typer.Typer:
    app = typer.Typer(
        name="vaguemestre",
        help="Mail between health professionals and citizens: the server and its administration.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    return app


def _never_run() -> None:
    """Stands for a command in a list of them."""


def _first_word(given: Sequence[str]) -> str:
    """The command, also behind the settings file: empty when there is none."""
    words = iter(given)
    for word in words:
        if word == "--config":
            next(words, None)
        elif word != "--" and not word.startswith("--config="):
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
