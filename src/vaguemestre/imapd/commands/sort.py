"""SORT and UID SORT. RFC 5256 §3, RFC 5267 §3, RFC 5957 §4.

One pass over the messages for each criterion, the last first: sorting keeps what is alike in its order. What
a header says for a criterion is made once and kept in memory; none is opened when the rows say enough.
"""

from collections.abc import Callable, Sequence
from sys import getsizeof
from typing import Final, TypeAlias

from vaguemestre.imap import responses
from vaguemestre.imap.commands.sort import Criterion, Sort, SortKey
from vaguemestre.imap.slices import Weight, in_order
from vaguemestre.imapd.found import saving, tell
from vaguemestre.imapd.headers import digests
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import Found, find
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.turns import Turns
from vaguemestre.mail.mailbox import Uid
from vaguemestre.mime.arrangement import first_display, first_local_part, subject_of
from vaguemestre.mime.text import sent_at
from vaguemestre.service.mailboxes.opened_cards import Digest

Weighing: TypeAlias = Callable[[Found], Weight]

FLOAT_OCTETS: Final = 24


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
    for criterion in reversed(criteria):
        by_row = _BY_ROW.get(criterion.key)
        if by_row is None:
            found, by_row = await _by_header(selected, found, criterion.key, turns)
        found = await turns.through(in_order(found, by_row, reverse=criterion.reverse))
    return found


async def _by_header(
    selected: Selected, found: Sequence[Found], key: SortKey, turns: Turns
) -> tuple[Sequence[Found], Weighing]:
    """Those that are still there, and how they are weighed."""
    rows = [row for _, row in found]
    weights: dict[Uid, Weight] = {}
    if key is SortKey.DATE:
        # RFC 5256 §2.2: the INTERNALDATE stands for a Date that is missing or is none.
        sent = await digests(selected.opened, rows, _SENT, turns)
        arrived = {row.uid: row.internal_date for row in rows}
        weights.update((uid, arrived[uid] if moment is None else moment) for uid, moment in sent.items())
    else:
        texts = await digests(selected.opened, rows, _TEXTS[key], turns)
        weights.update(texts)
    return [one for one in found if one[1].uid in weights], lambda one: weights[one[1].uid]


def _sent(header: bytes) -> float | None:
    """RFC 5256 §2.2: the moment in UTC."""
    moment = sent_at(header)
    return None if moment is None else moment.timestamp()


def _text(make: Callable[[bytes], str]) -> Digest[str]:
    return Digest(make, getsizeof)


def _local_part(field: str) -> Digest[str]:
    return _text(lambda header: first_local_part(header, field))


def _display(field: str) -> Digest[str]:
    return _text(lambda header: first_display(header, field))


_BY_ROW: Final[dict[SortKey, Weighing]] = {
    SortKey.ARRIVAL: lambda one: one[1].internal_date,
    SortKey.SIZE: lambda one: one[1].size,
}
_SENT: Final[Digest[float | None]] = Digest(_sent, lambda _: FLOAT_OCTETS)
_TEXTS: Final[dict[SortKey, Digest[str]]] = {
    SortKey.CC: _local_part("Cc"),
    SortKey.DISPLAYFROM: _display("From"),
    SortKey.DISPLAYTO: _display("To"),
    SortKey.FROM: _local_part("From"),
    SortKey.SUBJECT: _text(lambda header: subject_of(header).text),
    SortKey.TO: _local_part("To"),
}
