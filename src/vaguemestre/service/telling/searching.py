"""Messages found by who sent them, who was to have them and when, for an administrator. domain.md §3.

A search is of whole addresses: of citizens nobody leafs through a list. It walks back in time a little at
each question, so that mail goes on meanwhile, and stops after a while even if it found nothing: who looks is
told how far it came, and may go on from there. Looking for the messages of an account of ours is written in
the journal and in the history that its holder reads, before anything is shown.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import SubmissionTrace
from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.limits import Policy
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.traces import Look, RefusalCount, Refused, Sought, TracePlace
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import mailbox_traced, seal_notice
from vaguemestre.service.telling.tracing import KEPT_FOR, Tracing

PAGE: Final = 25
_A_LOOK: Final = 100  # rows: some two milliseconds of the event loop's thread
_LOOKS: Final = 20
_REFUSED_SHOWN: Final = 50
_EACH_LINE: Final = 100


class SearchRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nothing is searched so; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed. ``name``: a Message-ID or a queue id; ``until`` is not within."""

    name: str = ""
    sender: str = ""
    recipient: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is asked."""
        return not (self.name or self.sender or self.recipient or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Answer:
    """Messages, the latest first; ``next``: there may be others before, not looked at yet.

    ``refused``: what came from the sender that was asked for and was refused whole.
    """

    traces: tuple[SubmissionTrace, ...]
    next: TracePlace | None = None
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All that is known of one message: its trace, and what was done to it while it waited."""

    trace: SubmissionTrace
    lines: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class _Who:
    """An address that was typed: as it is spelled, the account of ours it leads to, whoever it is."""

    address: Address
    bal: Bal | None
    party: PartyId | None
    keys: tuple[str, ...]


class TraceSearch:
    """``hostname`` names this server in what holders are told."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        policy: Policy,
        digest: IdentifierDigest,
        hostname: str,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._domains = sorted(policy.citizen_domains)
        self._tracing = Tracing(store, clock, digest)
        self._hostname = hostname

    async def find(self, asked: Asked, operator: str, before: TracePlace | None = None) -> Answer:
        """A page. Raises SearchRefused, StoreBusyError."""
        if asked.is_empty:
            raise SearchRefused(Sentence(fr="Rien n'est demandé", en="Nothing is asked for"))
        sender, recipient = await self._who(asked.sender), await self._who(asked.recipient)
        if before is None:
            await self._tell({who.bal for who in (sender, recipient) if who is not None}, operator)
        now = self._clock.now()
        sought = Sought(
            asked.since or now - KEPT_FOR - timedelta(days=1),
            asked.until or now + timedelta(days=1),
            None if sender is None else sender.party,
            () if recipient is None else recipient.keys,
        )
        if asked.name:
            found = [trace for trace in await self._tracing.trace(asked.name) if _is(trace, sought, sender)]
            return Answer(tuple(found))
        if sender is not None and sender.party is None:
            return Answer(())
        traces, place = await self._walk(sought, before)
        return Answer(traces, place, await self._refused(sought, recipient, before))

    async def whereabouts(self, queue_id: str) -> Whereabouts | None:
        """One message by its queue id; None when there is none any more. Raises StoreBusyError."""

        def unit(tx: Transaction) -> Whereabouts | None:
            trace = tx.submissions.trace(queue_id)
            if trace is None:
                return None
            # What waits is given up after days; one that is held is so until its hour.
            first, latest = trace.accepted_at, max((fate.at for fate in trace.fates), default=None)
            last = max(filter(None, (latest, trace.release_at, first)))
            return Whereabouts(trace, tuple(tx.traces.lines_of(queue_id, first, last, _EACH_LINE)))

        return await self._store.read(unit)

    async def refusals(self, bounds: Sequence[datetime]) -> list[list[RefusalCount]]:
        """Between each moment and the one after it in the list, which is earlier. Raises StoreBusyError."""
        told = []
        for until, since in pairwise(bounds):
            told.append(await self._store.read(lambda tx: tx.traces.refusals(since, until)))  # noqa: B023 (awaited here)
            await asyncio.sleep(0)
        return told

    async def _walk(
        self, sought: Sought, place: TracePlace | None
    ) -> tuple[tuple[SubmissionTrace, ...], TracePlace | None]:
        found: list[SubmissionTrace] = []
        for _ in range(_LOOKS):
            look: Look = await self._store.read(
                lambda tx: tx.traces.walk(sought, place, PAGE - len(found), _A_LOOK)  # noqa: B023 (awaited here)
            )
            found += look.traces
            place = look.next
            if place is None or len(found) >= PAGE:
                break
            await asyncio.sleep(0)
        return tuple(found), place

    async def _refused(
        self, sought: Sought, recipient: _Who | None, before: TracePlace | None
    ) -> tuple[Refused, ...]:
        """A refusal names no recipient, so with one it is not asked for."""
        sender = sought.sender
        if sender is None or recipient is not None or before is not None:
            return ()
        return tuple(
            await self._store.read(
                lambda tx: tx.traces.refused(sender, sought.since, sought.until, _REFUSED_SHOWN)
            )
        )

    async def _who(self, typed: str) -> _Who | None:
        text = typed.strip().strip("<>")
        if not text:
            return None
        addresses = self._addresses(text)

        def unit(tx: Transaction) -> _Who:
            for address in addresses:
                bal = tx.bals.by_address(address)
                if bal is not None:
                    every = (bal.address, *tx.aliases.of(bal.id), address)
                    return _Who(address, bal, bal.id, tuple(dict.fromkeys(one.key for one in every)))
            first = addresses[0]
            return _Who(first, None, tx.correspondents.known(first), (first.key,))

        return await self._store.read(unit)

    def _addresses(self, text: str) -> list[Address]:
        try:
            if "@" in text:
                return [parse_address(text)]
            ins = parse_ins("".join(text.split()))
            return [Address(ins.text, domain) for domain in self._domains]
        except (AddressSyntaxError, InsSyntaxError):
            raise SearchRefused(
                Sentence(
                    fr="Il faut une adresse entière, ou un matricule INS entier",
                    en="A whole address is needed, or a whole INS number",
                )
            ) from None

    async def _tell(self, bals: set[Bal | None], operator: str) -> None:
        """The journal and the holder, before anything is read."""
        for bal in sorted(filter(None, bals), key=lambda one: one.id):
            now = self._clock.now()
            notice = mailbox_traced(operator, now)
            sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

            def unit(tx: Transaction) -> None:
                sealed.record(tx, bal.id, now)  # noqa: B023 (awaited here)
                entry = JournalEntry(now, f"operator:{operator}", "traced", bal.id)  # noqa: B023 (the same)
                tx.journal.record(entry)

            await self._store.write(unit, "tell of a search")


def _is(trace: SubmissionTrace, sought: Sought, sender: _Who | None) -> bool:
    """Whether one that was found by its name is meant by the rest, too."""
    if sender is not None and trace.sender != sender.party:
        return False
    if sought.recipients and not any(fate.recipient.key in sought.recipients for fate in trace.fates):
        return False
    return sought.since <= trace.accepted_at < sought.until


def place_of(trace: SubmissionTrace) -> TracePlace:
    """Where a search goes on that was left after this message."""
    return TracePlace(trace.accepted_at, trace.id)
