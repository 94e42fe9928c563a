"""``vaguemestre audit``: is the journal as it was written; who did what; the anchors of its chain."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, address_of, operate, operator, settings_of
from vaguemestre.cli.output import Value, complain, counted, moment, plain, print_json, print_table, say
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.audit.auditing import Verified, Wanted
from vaguemestre.service.audit.faults import Fault
from vaguemestre.service.audit.stamping import AnchorStamp, stamp_beside
from vaguemestre.service.ports.time_stamps import TimeStamp
from vaguemestre.services import Services

commands = typer.Typer(
    name="audit",
    help="The journal: verify its chain, export its lines, write an anchor.",
    no_args_is_help=True,
)

_DAY: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
_COLUMNS: Final = (
    Sentence("lignes", "lines"),
    Sentence("entre (UTC)", "between (UTC)"),
    Sentence("constat", "finding"),
)
_NO_CHAIN: Final = Sentence(
    "Le journal n'a encore aucune ligne : il n'y a rien à ancrer.",
    "The journal has no line yet: there is nothing to anchor.",
)

_NO_AUTHORITY: Final = Sentence(
    "Personne n'horodate les ancres : réglez [audit] time_stamps et time_stamp_authorities.",
    "Nobody time-stamps anchors: set [audit] time_stamps and time_stamp_authorities.",
)


@commands.command("verify")
def verify(
    context: typer.Context,
    anchors: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[ANCHOR]…",
            help="Anchor files kept elsewhere, beside those of the settings.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Walk the whole chain: every gap, change, move, copy or cut is found, and where. Status 1 if any is."""

    async def work(services: Services) -> Verified:
        files = list(dict.fromkeys([*services.audit.anchoring.files(), *(anchors or ())]))
        with _progress() as progress:
            task = progress.add_task("audit", total=await services.audit.auditing.length())
            return await services.audit.auditing.verify(
                files, lambda reached: progress.update(task, completed=reached)
            )

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json(_verified_json(found))
    else:
        _tell(found)
    if not found.is_sound:
        raise typer.Exit(ExitStatus.REFUSED)


@commands.command("export")
def export(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="From then on (UTC).", show_default=False)
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Before then (UTC).", show_default=False)
    ] = None,
    bal: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Done to that mailbox, or by its holder.", show_default=False),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT", help="Of that kind; may be repeated.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Into a new file, mode 0600.", dir_okay=False, show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Write the lines of the journal as JSON, one a line, in the order of the chain. Recorded itself."""
    mailbox = None if bal is None else address_of(bal)
    wanted = Wanted(_utc(since), _utc(until), mailbox, tuple(kind or ()))

    async def work(services: Services) -> int:
        await services.audit.chaining.chain_all()
        lines = await services.audit.auditing.export(wanted, operator())
        count = 0
        with _writing(output) as file:
            async for given in lines:
                file.write(given.json + "\n")
                count += 1
        return count

    count = operate(settings_of(context, config), work)
    complain(in_words(Sentence(f"{counted(count, 'ligne')}.", f"{counted(count, 'line')}.")))


@commands.command("anchor")
def anchor(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Into a new file.", dir_okay=False, show_default=False),
    ] = None,
    stamp: Annotated[
        bool,
        typer.Option("--stamp", help="Have it time-stamped outside too: the answer goes into FILE.tsr."),
    ] = False,
    config: Config = None,
) -> None:
    """Write an anchor of this moment: the head of the chain, signed. The server writes one a day."""
    if stamp and output is None:
        raise CommandFailed("--stamp needs --output: the time stamp goes beside it", ExitStatus.USAGE)

    async def work(services: Services) -> tuple[str, TimeStamp | None]:
        if stamp and not services.audit.stamping.can_ask:
            raise CommandFailed(in_words(_NO_AUTHORITY), ExitStatus.CONFIGURATION)
        text = await services.audit.anchoring.made(f"operator:{operator()}")
        if text is None:
            raise CommandFailed(in_words(_NO_CHAIN))
        return text, await services.audit.stamping.stamp(text) if stamp else None

    text, stamped = operate(settings_of(context, config), work)
    with _writing(output) as file:
        file.write(text)
    if stamped is not None and output is not None:
        stamp_beside(output).write_bytes(stamped.token)
        at = moment(stamped.at)
        complain(in_words(Sentence(f"Horodatée par un tiers : {at}.", f"Time-stamped outside: {at}.")))


@commands.command("resume")
def resume(
    context: typer.Context,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why lines were lost.", show_default=False)
    ],
    config: Config = None,
) -> None:
    """Go on after a backup was restored: lines lost since are excused, and a line says by whom and why."""
    said = " ".join(reason.split())
    if not said:
        raise CommandFailed("A reason is needed: it stands in the journal", ExitStatus.USAGE)

    async def work(services: Services) -> int:
        return await services.audit.chaining.resume(operator(), said)

    last = operate(settings_of(context, config), work)
    say(
        in_words(
            Sentence(f"La chaîne reprend après la ligne {last}.", f"The chain goes on after line {last}.")
        )
    )


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


@contextmanager
def _writing(path: Path | None) -> Iterator[TextIO]:
    """A new file of its owner's, or standard output."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yield file


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _tell(found: Verified) -> None:
    if found.faults:
        rows = ((_places(fault), _days(fault), _finding(fault)) for fault in found.faults)
        print_table("", [in_words(title) for title in _COLUMNS], rows)
    tip = found.tip.seq
    say(
        in_words(
            Sentence(
                f"{counted(found.lines, 'ligne')}, jusqu'à la ligne {tip} ; "
                f"{counted(found.anchors, 'ancre')} à l'appui ; {counted(found.emptied, 'ligne')} sans "
                "contenu.",
                f"{counted(found.lines, 'line')}, up to line {tip}; {counted(found.anchors, 'anchor')} "
                f"compared; {counted(found.emptied, 'line')} emptied.",
            )
        )
    )
    for sentence in _of_stamps(found.stamps):
        say(in_words(sentence))
    if found.waiting:
        since = moment(found.oldest_waiting)
        say(
            in_words(
                Sentence(
                    f"{counted(found.waiting, 'ligne')} sans place encore, depuis {since} : le serveur les "
                    "enchaîne.",
                    f"{counted(found.waiting, 'line')} without a place yet, since {since}: the server chains "
                    "them.",
                )
            )
        )
    sound = Sentence("Le journal est tel qu'il a été écrit.", "The journal is as it was written.")
    broken = Sentence(
        f"{counted(found.found, 'constat')} : le journal a été altéré.",
        f"{counted(found.found, 'finding')}: the journal was tampered with.",
    )
    say(in_words(sound if found.is_sound else broken))


def _of_stamps(stamps: Sequence[AnchorStamp]) -> Iterator[Sentence]:
    """What there is to say of them; those that do not hold are findings."""
    hold = [one for one in stamps if one.at is not None]
    late = sum(one.is_late for one in hold)
    unchecked = sum(not one.is_checked for one in stamps)
    if hold:
        yield Sentence(
            f"{counted(len(hold), 'horodatage')} à l'appui, dont {late} plus d'une semaine après leur ancre.",
            f"{counted(len(hold), 'time stamp')} verified, {late} of them over a week after their anchor.",
        )
    if unchecked:
        yield Sentence(
            f"{counted(unchecked, 'horodatage')} sans vérification : réglez [audit] time_stamp_authorities.",
            f"{counted(unchecked, 'time stamp')} not verified: set [audit] time_stamp_authorities.",
        )


def _places(fault: Fault) -> str:
    return str(fault.first) if fault.first == fault.last else f"{fault.first}-{fault.last}"


def _days(fault: Fault) -> str:
    days = (moment(fault.since), moment(fault.until))
    return " … ".join(dict.fromkeys(day for day in days if day))


def _finding(fault: Fault) -> str:
    said = in_words(fault.sentence)
    return f"{said}\n{fault.source}" if fault.source else said


def _verified_json(found: Verified) -> dict[str, Value]:
    return {
        "sound": found.is_sound,
        "lines": found.lines,
        "emptied": found.emptied,
        "last": found.tip.seq,
        "head": found.tip.head.hex(),
        "anchors": found.anchors,
        "time_stamps": [
            {
                "source": one.source,
                "anchored": plain(one.anchored),
                "stamped": plain(one.at),
                "verified": one.is_checked and one.at is not None,
                "late": one.is_late,
            }
            for one in found.stamps
        ],
        "waiting": found.waiting,
        "oldest_waiting": plain(found.oldest_waiting),
        "found": found.found,
        "faults": [
            {
                "kind": fault.kind.value,
                "first": fault.first,
                "last": fault.last,
                "since": plain(fault.since),
                "until": plain(fault.until),
                "source": fault.source,
                "finding": fault.sentence.en,
            }
            for fault in found.faults
        ],
    }
