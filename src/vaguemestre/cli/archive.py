"""``vaguemestre archive``: what closed mailboxes of citizens held, for ten years. domain.md §2.

The private key is read for one command, and never leaves this process. What is opened lands in clear in a
folder of the operator's: it is his to protect and to destroy.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, ShowIns, operate, operator, settings_of
from vaguemestre.cli.output import (
    Value,
    complain,
    counted,
    masked,
    moment,
    octets,
    plain,
    print_json,
    print_table,
    say,
)
from vaguemestre.mail.bal import Bal
from vaguemestre.service.ports.archive import Archive, ArchiveId
from vaguemestre.services import Services
from vaguemestre.vault.archive_keys import PrivateArchiveKey, load_private, make_archive_key

commands = typer.Typer(
    name="archive", help="Closed mailboxes, sealed for ten years: list, open, restore.", no_args_is_help=True
)

Number: TypeAlias = Annotated[str, typer.Argument(metavar="ARCHIVE", help="As listed.", show_default=False)]
Key: TypeAlias = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The private key.", show_default=False)
]
Reason: TypeAlias = Annotated[
    str, typer.Option("--reason", help="Why: kept in the journal.", show_default=False)
]
PassphraseStdin: TypeAlias = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read the key's passphrase from standard input.")
]


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


@commands.command("key")
def key(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", dir_okay=False, help="For the private half.", show_default=False),
    ],
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Make the archive's key: FILE, for a safe, and FILE.pub, for the server."""
    public = file.with_name(f"{file.name}.pub")
    made = make_archive_key(file, public, _passphrase(passphrase_stdin))
    say(f"Key {made.id}: {file} opens, {public} seals.")
    say("Name the second in [archive] public_key; take the first away from the server, into a safe.")


@commands.command("list")
def list_(
    context: typer.Context, as_json: AsJson = False, show_ins: ShowIns = False, config: Config = None
) -> None:
    """List the archives, the oldest closing first."""

    async def work(services: Services) -> list[tuple[Archive, Bal]]:
        return await services.archive_opening.all()

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(archive, bal) for archive, bal in found])
        return
    columns = ("archive", "mailbox", "state", "messages", "size", "closed", "until", "key")
    rows: Sequence[Sequence[str]] = [
        (
            one.id,
            masked(bal.address, show_ins),
            one.state,
            str(one.messages),
            octets(one.octets),
            moment(one.closed_at),
            moment(one.expires_at),
            one.recipient,
        )
        for one, bal in found
    ]
    print_table(counted(len(rows), "archive"), columns, rows)


@commands.command("open")
def open_(
    context: typer.Context,
    archive: Number,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.", show_default=False)],
    key: Key,
    reason: Reason,
    passphrase_stdin: PassphraseStdin = False,
    config: Config = None,
) -> None:
    """Write the messages of an archive, in clear, into a new folder. It is recorded."""
    private = load_private(key, _passphrase(passphrase_stdin))
    if folder.exists():
        raise CommandFailed(f"{folder} is there already: name a new folder", ExitStatus.USAGE)

    async def work(services: Services) -> int:
        found = await services.archive_opening.find(ArchiveId(archive))
        count = 0
        with _progress() as progress:
            task = progress.add_task("messages", total=found.messages)
            opened = services.archive_opening.open(ArchiveId(archive), private, operator(), reason)
            async for message in opened:
                folder.mkdir(mode=0o700, exist_ok=True)
                name = f"{message.number:08}.eml"
                with (folder / name).open("xb") as file:
                    async for piece in message.octets:
                        file.write(piece)
                with (folder / "messages.jsonl").open("a", encoding="utf-8") as listed:
                    listed.write(message.about(name) + "\n")
                count += 1
                progress.advance(task)
        return count

    count = operate(settings_of(context, config), work)
    say(f"{counted(count, 'message')} written to {folder}.")
    complain("They are in clear: protect the folder, and destroy it when it has served.")


@commands.command("restore")
def restore(
    context: typer.Context,
    archive: Number,
    key: Key,
    reason: Reason,
    passphrase_stdin: PassphraseStdin = False,
    config: Config = None,
) -> None:
    """Give an archive back to its mailbox, which is open again (bal reopen). It is recorded."""
    private = load_private(key, _passphrase(passphrase_stdin))

    async def work(services: Services) -> int:
        found = await _restored(services, archive, private, reason)
        with _progress() as progress:
            task = progress.add_task("messages", total=found.messages)
            return await services.archiving.finish(found.bal, lambda some: progress.advance(task, some))

    count = operate(settings_of(context, config), work)
    say(f"{counted(count, 'message')} restored.")


async def _restored(services: Services, archive: str, private: PrivateArchiveKey, reason: str) -> Archive:
    return await services.archive_opening.restore(ArchiveId(archive), private, operator(), reason)


@commands.command("expire")
def expire(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be destroyed.")] = False,
    config: Config = None,
) -> None:
    """Destroy the archives whose years are over, now; the server does it by itself."""

    async def work(services: Services) -> list[Archive]:
        due = await services.archiving.due(10_000)
        if not dry_run:
            with _progress() as progress:
                task = progress.add_task("archives", total=len(due))
                for one in due:
                    await services.archiving.destroy(one, "rule:ARC-1")
                    await services.archiving.finish(one.bal)
                    progress.advance(task)
        return due

    due = operate(settings_of(context, config), work)
    say(f"{counted(len(due), 'archive')} {'would be destroyed' if dry_run else 'destroyed'}.")


def _json(archive: Archive, bal: Bal) -> dict[str, Value]:
    fields = ("id", "state", "messages", "octets", "closed_at", "expires_at", "recipient")
    return {"address": str(bal.address)} | {field: plain(getattr(archive, field)) for field in fields}


def _passphrase(from_stdin: bool) -> bytes | None:
    if not from_stdin:
        return None
    passphrase = sys.stdin.readline().rstrip("\r\n")
    if not passphrase:
        raise CommandFailed("Standard input holds no passphrase on its first line", ExitStatus.USAGE)
    return passphrase.encode()
