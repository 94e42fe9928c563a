"""How much each account may send in a minute and in a day, counted in memory. domain.md §3.

What was sent is in the store, from which an account's counts are read when it is first seen: a restart gives
nobody a second day. A day is 24 slots of an hour, a minute 12 of five seconds: the oldest is forgotten as a
whole, so a day is between 23 and 24 hours. Where several processes file what an account sends, each reads the
store again every few seconds, and counts what goes through itself meanwhile.

451 4.7.1 and not 452: RFC 5321 §4.5.3.1.10 has a client that hears 452 send the rest in a further message at
once, and here it shall wait; 450 is for mailboxes that are unavailable.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from operator import itemgetter
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.reply import Reply
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.limits import Allowance, Policy
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store
from vaguemestre.service.ports.submission import Sent

_MINUTE: Final = 60
_SLOT: Final = 5
_HOUR: Final = 3600
_ACCOUNTS: Final = (
    10_000  # counted at once, some 15 MB; one more is read again from the store when it is back
)
_AT_ONCE: Final = 2000  # lines of an index in one read, some 2 ms
_SHORTEST: Final = timedelta(milliseconds=1)
_READ_AGAIN: Final = 10.0  # seconds, where there are several processes: some 40 reads of an index, half a ms

_A_MINUTE: Final = Sentence("messages en une minute", "messages in a minute")
_A_DAY: Final = Sentence("messages en 24 heures", "messages in 24 hours")
_RECIPIENTS_A_DAY: Final = Sentence("destinataires en 24 heures", "recipients in 24 hours")

_log = structlog.get_logger()


class _Window:
    """A count over a span that moves on; ``slot`` in seconds."""

    __slots__ = ("_counts", "_looked_at", "_slot", "_slots", "total")

    def __init__(self, slot: int, slots: int) -> None:
        self._slot = slot
        self._slots = slots
        self._counts: dict[int, int] = {}
        self._looked_at = -1
        self.total = 0

    def look(self, now: float) -> None:
        """Forget what is too old."""
        at = int(now // self._slot)
        if at != self._looked_at:
            self._looked_at = at
            for slot in [slot for slot in self._counts if slot <= at - self._slots]:
                self.total -= self._counts.pop(slot)

    def add(self, now: float, count: int) -> None:
        """Count, or with a negative number take back what was counted at that time."""
        slot = int(now // self._slot)
        if count > 0 or slot in self._counts:
            self._counts[slot] = self._counts.get(slot, 0) + count
            self.total += count

    def wait(self, now: float, excess: int) -> float:
        """Seconds until so many of what is counted are forgotten; the whole span if they never are."""
        for slot in sorted(self._counts):
            excess -= self._counts[slot]
            if excess <= 0:
                return (slot + self._slots) * self._slot - now
        return self._slot * self._slots


@dataclass(slots=True)
class Counts:
    """One account's; ``read_at`` is when the store was asked, in seconds."""

    read_at: float = 0.0
    minute: _Window = field(default_factory=lambda: _Window(_SLOT, _MINUTE // _SLOT))
    day: _Window = field(default_factory=lambda: _Window(_HOUR, 24))
    recipients: _Window = field(default_factory=lambda: _Window(_HOUR, 24))

    def look(self, now: float) -> None:
        """Forget what is too old."""
        self.minute.look(now)
        self.day.look(now)
        self.recipients.look(now)

    def add(self, now: float, messages: int, recipients: int) -> None:
        """Count them."""
        self.minute.add(now, messages)
        self.day.add(now, messages)
        self.recipients.add(now, recipients)


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that was counted."""

    counts: Counts
    at: float
    recipients: int

    def give_back(self) -> None:
        """It was not filed after all."""
        self.counts.add(self.at, -1, -self.recipients)


class Allowances:
    """Says whether an account may send one more message. What it may is said by the policy, by its kind.

    ``several``: other processes count what it sends, too.
    """

    def __init__(self, store: Store, clock: Clock, policy: Policy, *, several: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._several = several
        self._known: dict[BalId, Counts] = {}

    async def refusal(self, sender: Bal, recipients: int = 1) -> Reply | None:
        """Why one more message to so many is refused for now, if it is; nothing is counted."""
        counts = await self._counts(sender.id)
        return self._refusal(sender, counts, recipients, self._clock.now().timestamp())

    async def take(self, sender: Bal, recipients: int) -> Taken | Reply:
        """Count one message to so many, or say why it is refused for now."""
        counts = await self._counts(sender.id)
        now = self._clock.now().timestamp()
        refused = self._refusal(sender, counts, recipients, now)
        if refused is not None:
            return refused
        counts.add(now, 1, recipients)
        return Taken(counts, now, recipients)

    def _refusal(self, sender: Bal, counts: Counts, recipients: int, now: float) -> Reply | None:
        allowed = self._policy.allowance_of(sender.kind)
        refused = refusal_of(counts, allowed, recipients, now)
        if refused is not None:
            kind = sender.kind.value
            _log.info("sending_limited", sender=str(sender.address), kind=kind, limit=refused.text)
        return refused

    async def _counts(self, sender: BalId) -> Counts:
        known = self._known.get(sender)
        if known is None:
            read = await self._read(sender)
            return self._known.setdefault(sender, read)  # somebody else may have read them meanwhile
        if self._several and self._clock.now().timestamp() - known.read_at >= _READ_AGAIN:
            known = self._known[sender] = await self._read(sender)
        return known

    async def _read(self, sender: BalId) -> Counts:
        """From the store, hour by hour, and the last minute slot by slot."""
        now = self._clock.now()
        counts = Counts(now.timestamp())
        hour = datetime.fromtimestamp(now.timestamp() // _HOUR * _HOUR, UTC)
        for since in (hour - timedelta(hours=ago) for ago in range(23, -1, -1)):
            until = since + timedelta(hours=1)
            sent = await self._sent(sender, since, until)
            if sent.messages:
                counts.day.add(since.timestamp(), sent.messages)
                counts.recipients.add(since.timestamp(), sent.recipients)
        slot = datetime.fromtimestamp(now.timestamp() // _SLOT * _SLOT, UTC)
        for since in (slot - timedelta(seconds=ago) for ago in range(_MINUTE - _SLOT, -1, -_SLOT)):
            sent = await self._sent(sender, since, since + timedelta(seconds=_SLOT))
            if sent.messages:
                counts.minute.add(since.timestamp(), sent.messages)
        while len(self._known) >= _ACCOUNTS:
            del self._known[next(iter(self._known))]
        return counts

    async def _sent(self, sender: BalId, since: datetime, until: datetime) -> Sent:
        """In pieces, and others are served meanwhile: a span too busy for one is cut in two."""
        await asyncio.sleep(0)
        found = await self._store.read(lambda tx: tx.submissions.sent(sender, since, until, _AT_ONCE))
        if found.messages < _AT_ONCE or until - since <= _SHORTEST:
            return found
        middle = since + (until - since) / 2
        first, second = await self._sent(sender, since, middle), await self._sent(sender, middle, until)
        return Sent(first.messages + second.messages, first.recipients + second.recipients)


def refusal_of(counts: Counts, allowed: Allowance, recipients: int, now: float) -> Reply | None:
    """Why one more message to so many is too much for now, if it is; what makes wait longest."""
    counts.look(now)
    found = (
        (counts.minute, 1, allowed.messages_a_minute, _A_MINUTE),
        (counts.day, 1, allowed.messages_a_day, _A_DAY),
        (counts.recipients, recipients, allowed.recipients_a_day, _RECIPIENTS_A_DAY),
    )
    waits = [
        (window.wait(now, window.total + more - most), most, what)
        for window, more, most, what in found
        if window.total + more > most
    ]
    if not waits:
        return None
    wait, most, what = max(waits, key=itemgetter(0))
    again = _said(wait)
    return Reply(
        451,
        7,
        1,
        f"Too many {what.en}: {most} at most, try again in {again.en}",
        f"Trop de {what.fr} : {most} au plus, réessayez dans {again.fr}",
    )


def _said(seconds: float) -> Sentence:
    """``12 seconds``, ``25 minutes``, ``3 hours``: never less than it is."""
    for worth, fr, en in ((_HOUR, "heures", "hours"), (_MINUTE, "minutes", "minutes")):
        if seconds > 2 * worth:
            return Sentence(f"{ceil(seconds / worth)} {fr}", f"{ceil(seconds / worth)} {en}")
    count = max(1, ceil(seconds))
    plural = "s" if count > 1 else ""
    return Sentence(f"{count} seconde{plural}", f"{count} second{plural}")
