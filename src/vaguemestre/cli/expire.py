"""``vaguemestre expire``: remove now what has passed its retention. domain.md §3."""

from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from vaguemestre.app import Services
from vaguemestre.cli.operation import AsJson, Config, operate, settings_of
from vaguemestre.cli.output import counted, octets, print_json, say
from vaguemestre.service.expiry import Expired

_EVERYTHING = 1_000_000  # a dry run counts no further; the sentence says so


def expire(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Remove the messages whose time has come, and destroy the keys nothing needs any more."""
    settings = settings_of(context, config)
    batch = settings.workers.batch

    async def look(services: Services) -> tuple[Expired, int]:
        due = await services.expiry.due(_EVERYTHING)
        bals = Counter(message.bal for message in due)
        return Expired(len(due), sum(message.size for message in due), 0), len(bals)

    async def remove(services: Services) -> Expired:
        total = Expired(0, 0, 0)
        columns = (SpinnerColumn(), TextColumn("expiring"), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("expiring", total=len(await services.expiry.due(_EVERYTHING)))
            while True:
                done = await services.expiry.step(batch)
                total += done
                progress.advance(task, done.messages)
                if done.messages < batch:
                    break
        while True:
            looked_at, keys = await services.expiry.forget(batch)
            total += Expired(0, 0, keys)
            if looked_at < batch:
                return total

    if dry_run:
        found, bals = operate(settings, look)
        if as_json:
            print_json(
                {"messages": found.messages, "octets": found.octets, "accounts": bals, "dry_run": True}
            )
        else:
            more = " or more" if found.messages == _EVERYTHING else ""
            messages = f"{counted(found.messages, 'message')}{more} ({octets(found.octets)})"
            say(f"Would go: {messages} of {counted(bals, 'account')}.")
        return
    gone = operate(settings, remove)
    if as_json:
        print_json({"messages": gone.messages, "octets": gone.octets, "keys": gone.keys, "dry_run": False})
    else:
        size = octets(gone.octets)
        say(f"Gone: {counted(gone.messages, 'message')} ({size}); destroyed: {counted(gone.keys, 'key')}.")
