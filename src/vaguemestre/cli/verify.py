"""``vaguemestre verify`` and ``repair``: does the store fit together, and what can be recomputed."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vaguemestre.cli.failures import ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, operate, operator, settings_of
from vaguemestre.cli.output import Value, counted, print_json, print_table, say
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.audit.operator_acts import record_act
from vaguemestre.service.health.store_check import Checked, Finding, StoreCheck
from vaguemestre.services import Services

_COLUMNS: Final = (
    Sentence("constat", "finding"),
    Sentence("numéro", "number"),
    Sentence("détail", "detail"),
    Sentence("réparable", "repairable"),
)


def verify(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Open every message whole, not its beginning alone.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Look through the whole store while mail goes on: sums, folders, cards, bodies. Status 1 if unsound."""

    async def work(services: Services) -> Checked:
        check = StoreCheck(services.store, services.vault)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("messages", total=await check.bodies())
            return await check.verify(
                deep=deep, progress=lambda reached: progress.update(task, completed=reached)
            )

    checked = operate(settings_of(context, config), work)
    _tell(checked, as_json, None)
    if checked.found:
        raise typer.Exit(ExitStatus.REFUSED)


def repair(
    context: typer.Context,
    do: Annotated[bool, typer.Option("--do", help="Do it; without, only say what would be done.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Recompute what follows from other rows: sums of accounts, ends of mailboxes. Says it; --do does it."""

    async def work(services: Services) -> tuple[Checked, int]:
        check, checked = StoreCheck(services.store, services.vault), Checked()
        await check.look_at_rows(checked)
        due = [finding for finding in checked.findings if finding.can_be_repaired]
        if not do or not due:
            return checked, 0
        count = await check.repair(due)
        detail = {"repaired": str(count)}
        await record_act(services.store, datetime.now(UTC), operator(), "store_repaired", detail)
        return checked, count

    checked, count = operate(settings_of(context, config), work)
    _tell(checked, as_json, count if do else None)


def _tell(checked: Checked, as_json: bool, repaired: int | None) -> None:
    if as_json:
        print_json(_json(checked, repaired))
        return
    if checked.findings:
        rows = (
            (in_words(one.sentence), str(one.number), one.detail, "x" if one.can_be_repaired else "")
            for one in checked.findings
        )
        print_table("", [in_words(title) for title in _COLUMNS], rows)
    accounts, mailboxes, bodies = checked.accounts, checked.mailboxes, checked.bodies
    said = Sentence(
        f"{counted(accounts, 'compte')}, {counted(mailboxes, 'dossier')}, {counted(bodies, 'contenu')} ; "
        f"{checked.forgotten} sans clé. {counted(checked.found, 'constat')}.",
        f"{counted(accounts, 'account')}, {counted(mailboxes, 'folder')}, {counted(bodies, 'content')}; "
        f"{checked.forgotten} without a key. {counted(checked.found, 'finding')}.",
    )
    say(in_words(said))
    if repaired is not None:
        done = Sentence(f"{counted(repaired, 'réparation')}.", f"{counted(repaired, 'repair')}.")
        say(in_words(done))


def _json(checked: Checked, repaired: int | None) -> dict[str, Value]:
    return {
        "sound": not checked.found,
        "accounts": checked.accounts,
        "mailboxes": checked.mailboxes,
        "bodies": checked.bodies,
        "forgotten": checked.forgotten,
        "found": checked.found,
        "repaired": repaired,
        "findings": [_finding_json(finding) for finding in checked.findings],
    }


def _finding_json(finding: Finding) -> dict[str, Value]:
    return {
        "kind": finding.kind.value,
        "number": finding.number,
        "detail": finding.detail,
        "repairable": finding.can_be_repaired,
        "finding": finding.sentence.en,
    }
