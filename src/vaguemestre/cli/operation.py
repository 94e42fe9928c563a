"""What every command shares: which settings file, who is acting, and services opened around the work.

Settings and services are loaded by those who read or open them: ``init`` and ``migrate`` open none.
"""

import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.mail.address import Address, parse_address

if TYPE_CHECKING:
    from vaguemestre.services import Services
    from vaguemestre.settings import Settings

T = TypeVar("T")

Config: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The settings file; or VAGUEMESTRE_CONFIG.", show_default=False
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ShowIns: TypeAlias = Annotated[bool, typer.Option("--show-ins", help="Show citizens' INS whole in tables.")]
AddressArgument: TypeAlias = Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)]

DEFAULT_FILE = Path("vaguemestre.toml")
_DIGITS = 18  # of a number that every database counts to


def whole_number(typed: str) -> int:
    """A number as lists show it. Raises typer.BadParameter."""
    if not typed.isdecimal() or len(typed) > _DIGITS:
        raise typer.BadParameter("it is a number, as listed")
    return int(typed)


Number: TypeAlias = Annotated[
    int, typer.Argument(metavar="NUMBER", parser=whole_number, help="As listed.", show_default=False)
]


def settings_of(context: typer.Context, config: Path | None) -> "Settings":
    """The settings named after the command, before it, in the environment, or lying in this folder."""
    from vaguemestre.settings import read_settings

    return read_settings(config_file(context, config))


def config_file(context: typer.Context, config: Path | None) -> Path:
    """Which settings file it is; CommandFailed when none is named."""
    before = context.find_root().params.get("config")
    variable = os.environ.get("VAGUEMESTRE_CONFIG")
    if config is not None:
        return config
    if isinstance(before, Path):
        return before
    if variable:
        return Path(variable)
    if DEFAULT_FILE.is_file():
        return DEFAULT_FILE
    sentence = "Name the settings file: --config FILE, or VAGUEMESTRE_CONFIG. vaguemestre init DIR makes one."
    raise CommandFailed(sentence, ExitStatus.CONFIGURATION)


def operate(settings: "Settings", work: "Callable[[Services], Awaitable[T]]") -> T:
    """Open the services, do the work, close them. The log shows warnings only, on standard error."""
    import asyncio

    from vaguemestre.log import configure_logging
    from vaguemestre.services import SystemClock, open_services

    async def around() -> T:
        async with open_services(settings, SystemClock()) as services:
            configure_logging(json=False, level="warning", key=services.log_key)
            return await work(services)

    return asyncio.run(around())


def operator() -> str:
    """Who acts, for the journal: the person behind sudo when there is one."""
    return os.environ.get("SUDO_USER") or _login()


def address_of(text: str) -> Address:
    """An address typed by the operator; a wrong one ends the command with the reason."""
    return parse_address(text.strip().strip("<>"))


def is_interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        return f"uid {os.getuid()}"
