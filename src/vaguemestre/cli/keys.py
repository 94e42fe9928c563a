"""``vaguemestre keys``: the master key. architecture.md, The vault."""

from datetime import UTC, datetime

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import Config, operate, operator, settings_of
from vaguemestre.cli.output import counted, say
from vaguemestre.service.audit.operator_acts import record_act
from vaguemestre.services import Services
from vaguemestre.vault.open import rotate_master

commands = typer.Typer(name="keys", help="The master key: rotate.", no_args_is_help=True)


@commands.callback()
def keys() -> None:
    """The master key."""


@commands.command("rotate")
def rotate(context: typer.Context, config: Config = None) -> None:
    """Put a new master key in its file and every data key under it. May be interrupted and given again."""
    settings = settings_of(context, config)
    path = settings.keys.master_key_file
    if settings.keys.master_key is not None:
        sentence = "The master key comes from the environment: it can only be rotated in a file."
        raise CommandFailed(sentence, ExitStatus.CONFIGURATION)

    async def work(services: Services) -> int:
        count = await rotate_master(services.vault, path)
        now = datetime.now(UTC)
        await record_act(services.store, now, operator(), "master_key_rotated", {"keys": str(count)})
        return count

    count = operate(settings, work)
    say(f"New master key in {path}; {counted(count, 'data key')} put under it.")
    say("Copy the file to its safe place.")
