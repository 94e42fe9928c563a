"""SORT and UID SORT. RFC 5256 §3, RFC 5267 §3, RFC 5957 §4.

One pass over the messages for each criterion, the last first: sorting keeps what is alike in its order.
Headers are opened once for all of them, and not at all when the rows say enough.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from vaguemestre.imap import responses
from vaguemestre.imap.commands.sort import Criterion, Sort, SortKey
from vaguemestre.imap.slices import Weight, in_order
from vaguemestre.imapd.found import saving, tell
from vaguemestre.imapd.headers import headers
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import find
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.turns import Turns
from vaguemestre.mail.mailbox import MessageRow, SeqNum, Uid
from vaguemestre.mime.arrangement import first_display, first_local_part, subject_of
from vaguemestre.mime.text import sent_at

Found: TypeAlias = tuple[SeqNum, MessageRow]
Weighing: TypeAlias = Callable[[MessageRow, bytes], Weight]


async def run(session: ClientSession, command: Sort) -> Done:
    """The messages that match, by number or by UID, in the order asked for."""
    with saving(session.open, command.returns):
        found = await find(session.open, command.key, session.shared.clock.now())
        ordered = await _ordered(session.open, found, command.criteria)
    tell(session, ordered, command, responses.sort)
    return Done("SORT completed")


async def _ordered(
    selected: Selected, found: Sequence[Found], criteria: Sequence[Criterion]
) -> Sequence[Found]:
    turns = Turns()
    wanted = {criterion.key for criterion in criteria if criterion.key in _BY_HEADER}
    weights: dict[SortKey, dict[Uid, Weight]] = {key: {} for key in wanted}
    if wanted:
        async for row, header in headers(selected.opened, [row for _, row in found]):
            for key, column in weights.items():
                column[row.uid] = _BY_HEADER[key](row, header)
            await turns.pause()
        there = next(iter(weights.values()))
        found = [one for one in found if one[1].uid in there]
    for criterion in reversed(criteria):
        by_row = _BY_ROW.get(criterion.key)
        weight = by_row or partial(_weight_in, weights[criterion.key])
        found = await turns.through(in_order(found, weight, reverse=criterion.reverse))
    return found


def _weight_in(column: dict[Uid, Weight], one: Found) -> Weight:
    return column[one[1].uid]


def _sent(row: MessageRow, header: bytes) -> Weight:
    """RFC 5256 §2.2: the moment in UTC; the INTERNALDATE stands for a Date that is missing or is none."""
    moment = sent_at(header)
    return (row.internal_date if moment is None else moment.timestamp(), "")


def _local_part(field: str) -> Weighing:
    return lambda row, header: (0, first_local_part(header, field))


def _display(field: str) -> Weighing:
    return lambda row, header: (0, first_display(header, field))


_BY_ROW: Final[dict[SortKey, Callable[[Found], Weight]]] = {
    SortKey.ARRIVAL: lambda one: (one[1].internal_date, ""),
    SortKey.SIZE: lambda one: (one[1].size, ""),
}
_BY_HEADER: Final[dict[SortKey, Weighing]] = {
    SortKey.CC: _local_part("Cc"),
    SortKey.DATE: _sent,
    SortKey.DISPLAYFROM: _display("From"),
    SortKey.DISPLAYTO: _display("To"),
    SortKey.FROM: _local_part("From"),
    SortKey.SUBJECT: lambda row, header: (0, subject_of(header).text),
    SortKey.TO: _local_part("To"),
}
