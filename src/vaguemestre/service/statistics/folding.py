"""Lines of the journal, traces and mailboxes become sums of a month. Pure. domain.md §8.

However what is counted is cut into steps, the sums are the same: each line says by itself what it adds.
What would surprise: each side of a message or of a conversation counts it, so sums of both are no total; and
of people elsewhere only that they are elsewhere is counted, since their operator counts them.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.ports.statistics import ALL_DOMAINS, Cell, Figure, Line, Side, Standing, Told

ELSEWHERE: Final = "elsewhere"
SEVERAL: Final = "several"
CITIZEN: Final = "citizen"
PROFESSIONAL: Final = "professional"
COUNTED: Final = (
    "accepted",
    "refused",
    "signed_in",
    "signed_in_for",
    "conversation_opened",
    "conversation_closed",
    "account_added",
    "account_closed",
)
"""The lines that say anything here; the others are not read."""

_OF_ONE: Final = {
    "refused": Figure.REFUSED,
    "signed_in": Figure.SIGN_INS,
    "signed_in_for": Figure.SIGN_INS,
    "account_added": Figure.MAILBOXES_CREATED,
    "account_closed": Figure.MAILBOXES_CLOSED,
}
_OF_PAIRS: Final = {
    "conversation_opened": Figure.CONVERSATIONS_OPENED,
    "conversation_closed": Figure.CONVERSATIONS_CLOSED,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOWHERE: Final = ("", "")


def month_of(at: int, zone: tzinfo) -> str:
    """The month of a moment in microseconds, as the clocks hang there: 2026-03."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone).strftime("%Y-%m")


def bals_in(lines: Iterable[Line]) -> set[int]:
    """The numbers of everybody whose side has to be known."""
    found: set[int] = set()
    for line in lines:
        if line.bal is not None:
            found.add(line.bal)
        if line.event == "accepted":
            detail = json.loads(line.detail)
            found.update(map(int, detail.get("to", "").split()))
            sender = _sender(line, detail)
            if sender is not None:
                found.add(sender)
    return found


def fold_lines(
    lines: Iterable[Line],
    sides: Mapping[int, Side],
    side_of: Callable[[Address], Side | None],
    zone: tzinfo,
    since: str,
) -> Counter[Cell]:
    """What the lines add, those of months before ``since`` left out."""
    sums: Counter[Cell] = Counter()
    for line in lines:
        month = month_of(line.at, zone)
        if month < since:
            continue
        detail = json.loads(line.detail)
        if line.event == "accepted":
            _accepted(sums, month, line, detail, sides)
        elif line.event in _OF_ONE:
            side = None if line.bal is None else sides.get(line.bal)
            cell = Cell(month, *_named(side), _OF_ONE[line.event], "")
            sums[cell] += int(detail.get("times", "1"))
        elif line.event in _OF_PAIRS:
            _conversed(sums, month, line, detail, sides, side_of)
    return sums


def fold_told(fates: Iterable[Told], zone: tzinfo, since: str, opened_within: timedelta) -> Counter[Cell]:
    """How many messages reached mailboxes here, and how many of them were opened soon enough."""
    sums: Counter[Cell] = Counter()
    longest = opened_within // timedelta(microseconds=1)
    for accepted_at, side, read_at in fates:
        month = month_of(accepted_at, zone)
        if month < since:
            continue
        sums[Cell(month, *_named(side), Figure.DELIVERED, "")] += 1
        if read_at is not None and read_at - accepted_at <= longest:
            sums[Cell(month, *_named(side), Figure.OPENED, "")] += 1
    return sums


def fold_standing(mailboxes: Iterable[Standing], month: str) -> Counter[Cell]:
    """How the mailboxes stand. Of one that is closed nothing but that is told."""
    sums: Counter[Cell] = Counter()
    first = date.fromisoformat(f"{month}-01")
    for mailbox in mailboxes:
        named = _named(mailbox.side)
        sums[Cell(month, *named, Figure.MAILBOXES, mailbox.state)] += 1
        if mailbox.state == "closed":
            continue
        sums[Cell(month, *named, Figure.UNLISTED, "")] += mailbox.is_unlisted
        sums[Cell(month, *named, Figure.SEEN, "")] += mailbox.seen_on is not None and mailbox.seen_on >= first
        sums[Cell(month, *named, Figure.VOLUME, "")] += mailbox.used
    return +sums


def with_totals(sums: Mapping[Cell, int]) -> Counter[Cell]:
    """Each sum, and with it that of all domains."""
    both = Counter(sums)
    for cell, value in sums.items():
        both[cell._replace(domain=ALL_DOMAINS)] += value
    return both


def _accepted(
    sums: Counter[Cell], month: str, line: Line, detail: Mapping[str, str], sides: Mapping[int, Side]
) -> None:
    number = _sender(line, detail)
    sender = None if number is None else sides.get(number)
    reached = [sides.get(int(bal)) for bal in detail.get("to", "").split()]
    if sender is not None:
        others = {_other(side) for side in reached if side is not None}
        if detail.get("elsewhere"):
            others.add(ELSEWHERE)
        about = others.pop() if len(others) == 1 else SEVERAL if others else ""
        sums[Cell(month, *_named(sender), Figure.SENT, about)] += 1
    for side in reached:
        if side is not None:
            sums[Cell(month, *_named(side), Figure.RECEIVED, _other(sender))] += 1


def _conversed(
    sums: Counter[Cell],
    month: str,
    line: Line,
    detail: Mapping[str, str],
    sides: Mapping[int, Side],
    side_of: Callable[[Address], Side | None],
) -> None:
    """Of a conversation both sides, where they are here."""
    citizen = None if line.bal is None else sides.get(line.bal)
    try:
        professional = side_of(parse_address(detail.get("professional", "")))
    except AddressSyntaxError:  # a line that was emptied names nobody
        professional = None
    for side, other in ((citizen, professional), (professional, citizen)):
        if side is not None:
            sums[Cell(month, *_named(side), _OF_PAIRS[line.event], _other(other))] += 1


def _sender(line: Line, detail: Mapping[str, str]) -> int | None:
    """The account that sent: of a message written in its name, that one and not who wrote."""
    if "for" in detail:
        return int(detail["for"])
    who, _, number = line.actor.partition(":")
    return int(number) if who == "bal" and number.isdecimal() else None


def _other(side: Side | None) -> str:
    if side is None:
        return ELSEWHERE
    return CITIZEN if side.kind is BalKind.CITIZEN else PROFESSIONAL


def _named(side: Side | None) -> tuple[str, str]:
    return _NOWHERE if side is None else (side.domain, side.kind.value)
