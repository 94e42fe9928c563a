"""``vaguemestre statistics``: what took place, by month and domain. domain.md §8."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, operate, settings_of
from vaguemestre.cli.output import Value, complain, octets, print_json, print_table, say
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.statistics.indicators import KEYS, NAMES, MonthRow
from vaguemestre.service.statistics.monthly import is_month
from vaguemestre.services import Services

_NOTHING: Final = Sentence(
    "Rien n'a encore été compté de cela ; le serveur compte à mesure, ou : vaguemestre statistics --again.",
    "Nothing of that was counted yet; the server counts as it goes, or: vaguemestre statistics --again.",
)
_NO_DOMAIN: Final = Sentence("(d'aucun domaine d'ici)", "(of no domain here)")
_NO_COLUMNS: Final = Sentence(
    "Les noms officiels ne sont pas publiés : écrivez les colonnes voulues dans [statistics] columns.",
    "The official names are not published: write the columns you want in [statistics] columns.",
)


def statistics(
    context: typer.Context,
    month: Annotated[
        str,
        typer.Option(
            metavar="YYYY-MM", help="That month; else all, or the latest in a table.", show_default=False
        ),
    ] = "",
    domain: Annotated[
        str, typer.Option(metavar="DOMAIN", help="That domain alone; else all.", show_default=False)
    ] = "",
    csv: Annotated[
        str, typer.Option(metavar="FILE|-", help="Write every figure as CSV.", show_default=False)
    ] = "",
    columns: Annotated[
        str,
        typer.Option(metavar="FILE|-", help="The same in the columns of [statistics].", show_default=False),
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Count anew what is still kept, a year.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what took place in each month: messages, conversations, openings, sign-ins, mailboxes."""
    if month and not is_month(month):
        raise CommandFailed(f"{month} is not a month written as 2026-03", ExitStatus.USAGE)

    async def work(services: Services) -> tuple[list[MonthRow], str]:
        counting, monthly = services.statistics
        if again:
            with _progress() as progress:
                task = progress.add_task("statistics", total=None)
                await services.audit.chaining.chain_all()
                await counting.again(
                    lambda done, of: progress.update(task, completed=min(done, of), total=of)
                )
        if columns:
            if not monthly.has_columns:
                raise CommandFailed(in_words(_NO_COLUMNS), ExitStatus.CONFIGURATION)
            return [], "".join([part async for part in monthly.under_names(month, domain)])
        if csv:
            return [], "".join([part async for part in monthly.csv(month, domain)])
        return await monthly.figures(month, domain), ""

    found, text = operate(settings_of(context, config), work)
    if csv or columns:
        _write(csv or columns, text)
    elif as_json:
        print_json([_as_value(one) for one in found])
    elif found:
        _tell(found)
    else:
        say(in_words(_NOTHING))


def _tell(found: list[MonthRow]) -> None:
    """The latest month: a table for each domain, a column for each kind; nothing of which there is none."""
    latest = [one for one in found if one.month == found[0].month]
    for domain in dict.fromkeys(one.domain for one in latest):
        kinds = [one for one in latest if one.domain == domain]
        rows = [
            [in_words(NAMES[key]), *(_shown(one, key) for one in kinds)]
            for key in KEYS
            if any(one.values[key] for one in kinds)
        ]
        where = domain or in_words(_NO_DOMAIN)
        print_table(f"{found[0].month} {where}", ["", *(one.kind or "—" for one in kinds)], rows)


def _shown(figures: MonthRow, key: str) -> str:
    value = figures.values[key]
    if value is None:
        return "—"
    return octets(int(value)) if key == "volume" else str(value)


def _as_value(figures: MonthRow) -> dict[str, Value]:
    values: dict[str, Value] = {"month": figures.month, "domain": figures.domain, "kind": figures.kind}
    for key in KEYS:
        value = figures.values[key]
        values[key] = value if value is None or isinstance(value, int) else str(value)
    return values


def _write(where: str, text: str) -> None:
    if where == "-":
        sys.stdout.write(text)
        return
    descriptor = os.open(Path(where), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    complain(in_words(Sentence(f"Écrit dans {where}.", f"Written to {where}.")))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
