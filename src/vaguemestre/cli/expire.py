"""``vaguemestre expire``: remove now what has passed its retention. domain.md §3."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from vaguemestre.cli.expiry_table import show
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, operate, settings_of
from vaguemestre.cli.output import counted, octets, print_json, say
from vaguemestre.service.expiry.expiring import Expired
from vaguemestre.service.expiry.forecast import Forecast
from vaguemestre.services import Services


def expire(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="With --dry-run: what goes until that day (UTC).", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Remove the messages whose time has come, and destroy the keys nothing needs any more."""
    settings = settings_of(context, config)
    batch = settings.workers.batch

    end = None if until is None else until.replace(tzinfo=UTC)
    if end is not None and not dry_run:
        raise CommandFailed("--until goes with --dry-run: nothing goes before its time.", ExitStatus.USAGE)

    async def look(services: Services) -> Forecast:
        with _progress("counting") as progress:
            task = progress.add_task("counting", total=None)
            return await services.expiry.forecast(end, lambda count: progress.advance(task, count))

    async def remove(services: Services) -> Expired:
        total = Expired(0, 0, 0)
        total_due = (await services.expiry.forecast()).total.messages
        with _progress("expiring") as progress:
            task = progress.add_task("expiring", total=total_due)
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
        show(operate(settings, look), as_json)
        return
    gone = operate(settings, remove)
    if as_json:
        print_json({"messages": gone.messages, "octets": gone.octets, "keys": gone.keys, "dry_run": False})
    else:
        size = octets(gone.octets)
        say(f"Gone: {counted(gone.messages, 'message')} ({size}); destroyed: {counted(gone.keys, 'key')}.")


def _progress(what: str) -> Progress:
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
