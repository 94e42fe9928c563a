"""Traces searched in the database: ``service.ports.traces.Traces``. domain.md §3.

Three walks, each along one index and backwards: of a sender, of a recipient, of everybody. When both a
sender and a recipient are sought, the one who has fewer messages is walked along; both are counted, up to a
bound. Fates know their message's number and not its moment, so of a recipient a span of time is first made
a span of numbers: numbers grow with time but for writers who commit at the same moment, and ``_SKEW`` is
more than they, or a clock put right, can differ by.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Final

from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import SubmissionId, SubmissionTrace
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.traces import Look, RefusalCount, Refused, Sought, TracePlace
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.journal import entry_from
from vaguemestre.store.submissions import SubmissionTable
from vaguemestre.store.times import from_micros, to_micros

_SKEW: Final = timedelta(hours=1)
_ENOUGH: Final = 2_000  # messages: who has more is not the rarer one to walk along, as far as that matters
_LATEST: Final = 2**62

_EVERYBODYS: Final = """
SELECT id, accepted_at FROM submission
WHERE accepted_at >= :since AND accepted_at <= :at AND (accepted_at < :at OR id < :id)
ORDER BY accepted_at DESC, id DESC LIMIT :most
"""
_OF_SENDER: Final = """
SELECT id, accepted_at FROM submission
WHERE sender = :sender AND accepted_at >= :since AND accepted_at <= :at AND (accepted_at < :at OR id < :id)
ORDER BY accepted_at DESC, id DESC LIMIT :most
"""
_OF_SENDER_TO: Final = f"""
SELECT c.id, c.accepted_at,
    EXISTS (SELECT 1 FROM fate f WHERE f.submission = c.id AND f.recipient_key = :key)
FROM ({_OF_SENDER}) c ORDER BY c.accepted_at DESC, c.id DESC
"""  # noqa: S608 (written above)
_OF_RECIPIENT: Final = """
SELECT s.id, s.accepted_at, s.sender FROM (
    SELECT submission FROM fate
    WHERE recipient_key = :key AND submission < :id AND submission >= :first AND submission <= :last
    ORDER BY submission DESC LIMIT :most
) f JOIN submission s ON s.id = f.submission ORDER BY s.id DESC
"""
_FIRST_FROM: Final = """
SELECT id FROM submission WHERE accepted_at >= :at ORDER BY accepted_at, id LIMIT 1
"""
_LAST_BEFORE: Final = """
SELECT id FROM submission WHERE accepted_at <= :at ORDER BY accepted_at DESC, id DESC LIMIT 1
"""
_SENDS: Final = """
SELECT count(*) FROM (
    SELECT 1 FROM submission WHERE sender = :sender AND accepted_at >= :since AND accepted_at < :until
    LIMIT :most
) AS sent
"""
_RECEIVES: Final = """
SELECT count(*) FROM (
    SELECT 1 FROM fate WHERE recipient_key = :key AND submission >= :first AND submission <= :last
    LIMIT :most
) AS received
"""
_REFUSED: Final = """
SELECT at, detail FROM journal j WHERE event = 'refused' AND bal = :sender AND at >= :since AND at < :until
    AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.sender = :sender AND s.accepted_at = j.at)
ORDER BY at DESC LIMIT :limit
"""
_REFUSALS: Final = """
SELECT detail, count(*) FROM journal WHERE event = 'refused' AND at >= :since AND at < :until
GROUP BY detail ORDER BY detail
"""
_ID_FROM: Final = "SELECT id, at FROM journal WHERE id >= :id ORDER BY id LIMIT 1"
_LAST_LINE: Final = "SELECT max(id) FROM journal"
_LINES: Final = """
SELECT at, actor, event, bal, detail FROM journal
WHERE event = :event AND id >= :first AND id < :last AND detail LIKE :queue_id ORDER BY id LIMIT :limit
"""
# What is done to messages that wait; of those that are delivered at once the trace tells all there is.
_ACTS: Final = (
    "held",
    "released",
    "cancelled",
    "delayed",
    "bounced",
    "relayed",
    "retried",
    "held back",
    "dropped",
)


class TraceTable:
    """Over the rows that ``submissions`` reads."""

    def __init__(self, connection: Connection, submissions: SubmissionTable):
        self._connection = connection
        self._submissions = submissions

    def walk(self, sought: Sought, before: TracePlace | None, limit: int, most: int) -> Look:
        """Candidates first, then what is to be told of those that are meant."""
        start = before or TracePlace(sought.until, SubmissionId(0))
        if sought.sender is None or not sought.recipients:
            most = min(most, limit + 1)  # nearly every candidate is meant, and reading one costs most
        if not sought.recipients:
            rows = self._sent(sought, start, most)
            found = rows
        elif sought.sender is not None and self._sends_less(sought):
            rows = self._sent_to(sought, start, most)
            found = [row for row in rows if row[2]]
        else:
            rows = self._received(sought, start, before is None, most)
            since, until = to_micros(sought.since), to_micros(sought.until)
            found = [
                row
                for row in rows
                if since <= row[1] < until and (sought.sender is None or row[2] == sought.sender)
            ]
        told = found[:limit]
        if len(found) > limit:
            last: Row | None = told[-1]
        else:
            last = rows[-1] if len(rows) >= most else None
        return Look(
            tuple(filter(None, map(self._trace, told))),
            None if last is None else TracePlace(from_micros(last[1]), SubmissionId(last[0])),
        )

    def refused(self, sender: PartyId, since: datetime, until: datetime, limit: int) -> list[Refused]:
        """By an index of refusals alone; recipients refused have the moment of their message."""
        span = {"sender": sender, "since": to_micros(since), "until": to_micros(until), "limit": limit}
        return [
            Refused(from_micros(at), *_rule_and_status(detail))
            for at, detail in self._connection.all(_REFUSED, span)
        ]

    def refusals(self, since: datetime, until: datetime) -> list[RefusalCount]:
        """From an index alone."""
        rows = self._connection.all(_REFUSALS, {"since": to_micros(since), "until": to_micros(until)})
        counts: Counter[tuple[str, str]] = Counter()
        for detail, count in rows:
            counts[_rule_and_status(detail)] += count
        return [RefusalCount(rule, status, count) for (rule, status), count in sorted(counts.items())]

    def lines_of(self, queue_id: str, since: datetime, until: datetime, limit: int) -> list[JournalEntry]:
        """Some kinds of lines, between two numbers: lines are few of each kind, and queue ids unlike."""
        asked: Parameters = {
            "first": self._line_at(since - _SKEW),
            "last": self._line_at(until + _SKEW),
            "queue_id": f'%"queue_id":"{queue_id}"%',
            "limit": limit,
        }
        rows = [row for act in _ACTS for row in self._connection.all(_LINES, {**asked, "event": act})]
        return sorted(map(entry_from, rows), key=lambda entry: entry.at)

    def _line_at(self, moment: datetime) -> int:
        """The number of the first line from then on, found by halving: lines stand in the order of time."""
        row = self._connection.one(_LAST_LINE, {})
        low, high = 0, 1 if row is None or row[0] is None else int(row[0]) + 1
        at = to_micros(moment)
        while low < high:
            middle = (low + high) // 2
            line = self._connection.one(_ID_FROM, {"id": middle})
            if line is None or line[1] >= at:
                high = middle
            else:
                low = int(line[0]) + 1
        return low

    def _sent(self, sought: Sought, start: TracePlace, most: int) -> list[Row]:
        if sought.sender is None:
            return self._connection.all(_EVERYBODYS, _span(sought, start, most))
        return self._connection.all(_OF_SENDER, {"sender": sought.sender, **_span(sought, start, most)})

    def _sent_to(self, sought: Sought, start: TracePlace, most: int) -> list[Row]:
        """Whether each of the sender's has one of the addresses among its recipients."""
        asked = {"sender": sought.sender, **_span(sought, start, most)}
        looks = [self._connection.all(_OF_SENDER_TO, {**asked, "key": key}) for key in sought.recipients]
        return [(*rows[0][:2], any(row[2] for row in rows)) for rows in zip(*looks, strict=True)]

    def _received(self, sought: Sought, start: TracePlace, is_first: bool, most: int) -> list[Row]:
        asked: Parameters = {
            "id": _LATEST if is_first else start.id,
            "most": most,
            **self._numbers(sought),
        }
        looks = [self._connection.all(_OF_RECIPIENT, {**asked, "key": key}) for key in sought.recipients]
        return list(islice(_once(merge(*looks, key=itemgetter(0), reverse=True)), most))

    def _sends_less(self, sought: Sought) -> bool:
        """Whether it is the sender who has fewer."""
        span = {"since": to_micros(sought.since), "until": to_micros(sought.until)}
        sends = self._count(_SENDS, {"sender": sought.sender, **span, "most": _ENOUGH})
        numbers = self._numbers(sought)
        receives = 0
        for key in sought.recipients:
            receives += self._count(_RECEIVES, {"key": key, **numbers, "most": _ENOUGH})
        return sends < receives

    def _count(self, statement: str, asked: Parameters) -> int:
        row = self._connection.one(statement, asked)
        return 0 if row is None else int(row[0])

    def _numbers(self, sought: Sought) -> Parameters:
        """Of the first message and the last that may be meant."""
        first = self._connection.one(_FIRST_FROM, {"at": to_micros(sought.since - _SKEW)})
        last = self._connection.one(_LAST_BEFORE, {"at": to_micros(sought.until + _SKEW)})
        if first is None or last is None:
            return {"first": 1, "last": 0}
        return {"first": first[0], "last": last[0]}

    def _trace(self, row: Row) -> SubmissionTrace | None:
        return self._submissions.trace_of(SubmissionId(row[0]))


def _span(sought: Sought, start: TracePlace, most: int) -> Parameters:
    return {"since": to_micros(sought.since), "at": to_micros(start.at), "id": start.id, "most": most}


def _once(rows: Iterable[Row]) -> Iterable[Row]:
    """A message to two addresses of one person is one message."""
    last = None
    for row in rows:
        if row[0] != last:
            last = row[0]
            yield row


def _rule_and_status(detail: str) -> tuple[str, str]:
    said = json.loads(detail)
    return said.get("rule", ""), said.get("status", "")
