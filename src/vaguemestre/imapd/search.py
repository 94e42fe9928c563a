"""Which messages match a SEARCH key. RFC 9051 §6.4.4.

A key is asked three times at most, each time of fewer messages: of the row in memory, of the card, of the
octets. An answer may be None, "more must be opened"; AND, OR and NOT know how to go on with that, so no
message whose date is wrong is opened for its text. Texts are compared folded: case never matters. Ages
(RFC 5032 §3) are counted from one moment for the whole search.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.imap.object_id import email_id, thread_id
from vaguemestre.imap.search_key import (
    All,
    And,
    BodyHas,
    Dated,
    DateField,
    DateRelation,
    HasEmailId,
    HasFlag,
    HasThreadId,
    HeaderHas,
    InSequence,
    InUids,
    Larger,
    ModSeqAtLeast,
    Not,
    Older,
    Or,
    Recent,
    SearchKey,
    Smaller,
    TextHas,
    Younger,
    asks_for_saved_date,
)
from vaguemestre.imap.sequence import MAX_NUMBER, SequenceSet
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.turns import Turns
from vaguemestre.mail.mailbox import MessageRow, SeqNum, Uid
from vaguemestre.mime.card import Card, headers
from vaguemestre.mime.header_search import SearchedHeader, Sought, SoughtField, folded
from vaguemestre.mime.text import body_texts, sent_at
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox

ROWS_AT_ONCE: Final = 16  # between two looks at the time: a row costs a microsecond a key
HEADERS_AT_ONCE: Final = 8 * 1024  # octets between two looks at the time: a header may have 256 KiB
HEADER_AT_LEAST: Final = 512  # what one is counted for besides: each key looks at it
LARGE: Final = 128 * 1024  # octets; what is smaller is searched in a millisecond or two
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400  # seconds


Found: TypeAlias = tuple[SeqNum, MessageRow]


class Candidate:
    """A message as far as it has been opened; one object serves for all of them, one after the other."""

    __slots__ = ("card", "header", "octets", "row", "texts_folded")

    def __init__(self) -> None:
        self.row: MessageRow
        self.header: SearchedHeader | None = None
        self.card: Card | None = None
        self.octets: bytes | None = None
        # Made when a key first asks for them, then kept for the other keys.
        self.texts_folded: list[str] | None = None

    def open_header(self, row: MessageRow, header: bytes | None) -> None:
        """The header is known, unless it was too long to keep."""
        self.row = row
        self.header = None if header is None else SearchedHeader(header)

    def open_octets(self, row: MessageRow, card: bytes, octets: bytes) -> None:
        """Everything is known."""
        self.card = Card(card)
        self.octets = octets
        header = self.card.header
        self.open_header(row, octets[: self.card.extent[0]] if header is None else header)
        self.texts_folded = None


class _Asked(NamedTuple):
    """What a key is asked of; ``saved`` as ``OpenMailbox.saved``, empty when no key needs it."""

    selected: Selected
    now: datetime
    saved: Mapping[Uid, int]


Test: TypeAlias = Callable[[Candidate], bool | None]


async def find(selected: Selected, key: SearchKey, now: datetime) -> list[Found]:
    """The matching messages that are there, by number. ``now`` is aware."""
    opened = selected.opened
    everything = SequenceSet(((1, MAX_NUMBER),))
    seqnums, rows = selected.rows(everything, by_uid=True)
    there = zip(seqnums, rows, strict=True)
    if isinstance(key, All):
        return list(there)
    found: list[Found] = []
    undecided: dict[Uid, Found] = {}
    saved = await opened.saved(rows) if asks_for_saved_date(key) else {}
    test, turns, candidate = _compiled(key, _Asked(selected, now, saved)), Turns(), Candidate()
    while part := list(islice(there, ROWS_AT_ONCE)):
        for one in part:
            candidate.row = one[1]
            answer = test(candidate)
            if answer is None:
                undecided[one[1].uid] = one
            elif answer:
                found.append(one)
        await turns.pause()
    if undecided and _looks_at_header(key):
        await _by_cards(opened, test, found, undecided, turns)
    if undecided:
        await _by_octets(opened, test, found, undecided, turns)
    found.sort()
    return found


async def _by_cards(
    opened: OpenMailbox, test: Test, found: list[Found], undecided: dict[Uid, Found], turns: Turns
) -> None:
    candidate = Candidate()
    async for part in opened.cards([row for _, row in undecided.values()]):
        looked_at = 0
        for (row, _), header in zip(part, headers([card for _, card in part]), strict=True):
            candidate.open_header(row, header)
            answer = test(candidate)
            if answer is not None:
                one = undecided.pop(row.uid)
                if answer:
                    found.append(one)
            looked_at += HEADER_AT_LEAST + (len(header) if header is not None else 0)
            if looked_at > HEADERS_AT_ONCE:
                looked_at = 0
                await turns.pause()


async def _by_octets(
    opened: OpenMailbox, test: Test, found: list[Found], undecided: dict[Uid, Found], turns: Turns
) -> None:
    async for part in opened.bodies([row for _, row in undecided.values()]):
        for row, body, card in part:
            candidate = Candidate()
            candidate.open_octets(row, card, await opened.whole(body))
            # Megabytes are decoded and searched in a thread: there the event loop has its turns all the same.
            if await asyncio.to_thread(test, candidate) if row.size > LARGE else test(candidate):
                found.append(undecided[row.uid])
            await turns.pause()


def _compiled(key: SearchKey, asked: _Asked) -> Test:
    """The key as a function, so that nothing is looked up again for each message."""
    match key:
        case All():
            return lambda candidate: True
        case And():
            return partial(_all_of, [_compiled(inner, asked) for inner in key.keys])
        case Or():
            return partial(_any_of, [_compiled(inner, asked) for inner in key.keys])
        case Not():
            return partial(_negated, _compiled(key.key, asked))
        case HasFlag():
            bit = asked.selected.names.bit(key.flag)
            return lambda candidate: bool(candidate.row.flags & bit)
        case Recent():
            return lambda candidate: False
        case Dated():
            return _dated(key, asked.saved)
        case Older(seconds):
            latest = asked.now.timestamp() - seconds
            return lambda candidate: candidate.row.internal_date <= latest
        case Younger(seconds):
            earliest = asked.now.timestamp() - seconds
            return lambda candidate: candidate.row.internal_date >= earliest
        case Larger(octets):
            return lambda candidate: candidate.row.size > octets
        case Smaller(octets):
            return lambda candidate: candidate.row.size < octets
        case InSequence(numbers):
            return partial(_numbered, frozenset(asked.selected.matching(numbers)))
        case InUids(uids):
            return partial(_numbered, frozenset(asked.selected.uids(uids, by_uid=True)))
        case ModSeqAtLeast(modseq):
            return lambda candidate: candidate.row.modseq >= modseq
        case HasEmailId(identifier):
            return lambda candidate: email_id(candidate.row.body) == identifier
        case HasThreadId(identifier):
            return lambda candidate: thread_id(candidate.row.conversation) == identifier
        case HeaderHas(name, text):
            return _header_has(SoughtField(name, text))
        case BodyHas(text):
            return _body_has(text.casefold())
        case TextHas(text):
            return _text_has(Sought(text))


def _all_of(tests: list[Test], candidate: Candidate) -> bool | None:
    answer: bool | None = True
    for test in tests:
        one = test(candidate)
        if one is False:
            return False
        answer = None if one is None else answer
    return answer


def _any_of(tests: list[Test], candidate: Candidate) -> bool | None:
    answer: bool | None = False
    for test in tests:
        one = test(candidate)
        if one:
            return True
        answer = None if one is None else answer
    return answer


def _negated(test: Test, candidate: Candidate) -> bool | None:
    answer = test(candidate)
    return None if answer is None else not answer


def _numbered(uids: frozenset[int], candidate: Candidate) -> bool:
    return candidate.row.uid in uids


def _dated(key: Dated, saved: Mapping[Uid, int]) -> Test:
    """Time and zone are disregarded: days in UTC, but Date's as its sender wrote it."""
    day = key.day.toordinal()
    compare: Callable[[int], bool]
    if key.relation is DateRelation.BEFORE:
        compare = day.__gt__
    else:
        compare = day.__eq__ if key.relation is DateRelation.ON else day.__le__
    epoch = _EPOCH.toordinal()
    if key.field is DateField.INTERNAL:
        return lambda candidate: compare(epoch + candidate.row.internal_date // _DAY)
    if key.field is DateField.SAVED:
        return lambda candidate: (
            candidate.row.uid in saved and compare(epoch + saved[candidate.row.uid] // _DAY)
        )

    def sent(candidate: Candidate) -> bool | None:
        if candidate.header is None:
            return None
        moment = sent_at(candidate.header.octets)
        if moment is None:
            # RFC 9051 leaves it open; the day of arrival is what a person sees in place of a missing Date.
            moment = _EPOCH + timedelta(seconds=candidate.row.internal_date)
        return compare(moment.toordinal())

    return sent


def _looks_at_header(key: SearchKey) -> bool:
    """Whether cards are worth opening: BODY and TEXT want the octets, whatever the header says."""
    match key:
        case And() | Or():
            return any(map(_looks_at_header, key.keys))
        case Not():
            return _looks_at_header(key.key)
        case Dated():
            return key.field is DateField.SENT
        case _:
            return isinstance(key, HeaderHas)


def _header_has(sought: SoughtField) -> Test:
    return lambda candidate: None if candidate.header is None else candidate.header.has_in_field(sought)


def _body_has(text: str) -> Test:
    def has(candidate: Candidate) -> bool | None:
        if candidate.octets is None or candidate.card is None:
            return None
        if candidate.texts_folded is None:
            candidate.texts_folded = [folded(part) for part in body_texts(candidate.octets, candidate.card)]
        return any(text in part for part in candidate.texts_folded)

    return has


def _text_has(sought: Sought) -> Test:
    in_body = _body_has(sought.text)

    def has(candidate: Candidate) -> bool | None:
        if candidate.header is None:
            return None
        return True if candidate.header.has(sought) else in_body(candidate)

    return has
