"""Accepting a message, whoever brings it: recipients judged, copies sealed, one unit of work, a promise.

``Submissions`` does it for accounts, ``Relaying`` for other operators; they differ in who may say what.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.held import spelt
from vaguemestre.mail.message import MessageFacts
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.policy.case import Case, SenderCase, kind_of
from vaguemestre.policy.limits import Bound
from vaguemestre.policy.rulebook import judge, judge_sender
from vaguemestre.policy.verdict import Verdict
from vaguemestre.service.arriving.binary import BinaryIncoming
from vaguemestre.service.arriving.cases import case_for, citizen_addresses, citizens_among
from vaguemestre.service.arriving.delivery import (
    Delivery,
    Filed,
    FiledAlready,
    HolderChanged,
    SubmissionRefused,
    closes,
    file_message,
)
from vaguemestre.service.arriving.incoming import Incoming
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.arriving.parties import number_of
from vaguemestre.service.arriving.preparing import Preparing
from vaguemestre.service.health.counting import count_accepted
from vaguemestre.service.held.holding import hold_message
from vaguemestre.service.outbound.queueing import owners_of
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import CommitUnknownError, StoreBusyError
from vaguemestre.service.ports.vault import SealedBody

SENDER_OK = Reply(250, 1, 0, "Sender OK")
RECIPIENT_OK = Reply(250, 1, 5, "Recipient OK")

_HOLDER_CHANGED = Reply(
    451,
    4,
    3,
    "An address has changed hands meanwhile: send the message again",
    "Une adresse a changé de titulaire entre-temps : renvoyez le message",
)

_KNOWN_AT_MOST = 10_000  # addresses found at RCPT, remembered until DATA: some 5 MB

_log = structlog.get_logger()

ByT = TypeVar("ByT")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The one answer to the octets of a message, and the identifier that follows it through the logs."""

    reply: Reply
    queue_id: str


class Counted(Protocol):
    """A message that was counted against what its sender may send."""

    def give_back(self) -> None:
        """It was not filed after all."""
        ...


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message that is there whole, from somebody who may send it. ``facts`` are those once examined."""

    incoming: Incoming[Any]  # whoever gave it: ``origin`` says who that is
    origin: Origin
    read: ReadMessage
    facts: MessageFacts


class Accepting:
    """Judges and files."""

    def __init__(self, intake: Intake) -> None:
        self._dispensations = intake.dispensations
        self._store = intake.store
        self._vault = intake.vault
        self._clock = intake.clock
        self._policy = intake.policy
        self._beyond = intake.beyond
        self._examination = intake.examination
        self._figures = intake.figures
        self._references = intake.references
        self._hostname = intake.hostname
        self._preparing = Preparing(intake)
        self._known: dict[str, Bal] = {}

    async def judge_recipient(self, sender: Party, envelope: Envelope, recipient: Address) -> Verdict:
        """As the store has it, or as it had it a moment ago if that is enough to accept.

        What is remembered never refuses anybody, and never accepts for good: the unit of work judges again.
        ``envelope`` holds the recipients accepted so far.
        """
        now, declared_size = self._clock.now(), envelope.declared_size
        citizens = await self._citizens((*envelope.recipients, recipient))
        known = self._known.get(recipient.key)
        if known is not None and not sender.is_citizen:  # a citizen's case needs his conversations too
            case = Case(now, self._policy, sender, recipient, known, citizens, declared_size=declared_size)
            verdict = judge(case)
            if not verdict.refuses:
                return verdict
        case = await self._store.read(
            lambda tx: case_for(tx, self._policy, sender, recipient, citizens, now, beyond=self._beyond)
        )
        verdict = judge(replace(case, declared_size=declared_size))
        if case.bal is not None and not verdict.refuses:
            self._remember(recipient, case.bal)
        return verdict

    async def _citizens(self, recipients: tuple[Address, ...]) -> int:
        addresses = citizen_addresses(self._policy, recipients)
        if len(addresses) <= 1:
            return len(addresses)
        return await self._store.read(lambda tx: citizens_among(tx, addresses))

    def begin(
        self, by: ByT, origin: Origin, envelope: Envelope, protocol: str, sent_by: str | None = None
    ) -> Incoming[ByT]:
        """Where the octets go. ``protocol`` and ``sent_by`` are said in fields that are added to them."""
        taking: type[Incoming[ByT]] = BinaryIncoming if envelope.is_binary else Incoming
        return taking(
            by,
            envelope,
            self._vault.spool(),
            sent_by,
            limit=self._largest(origin, envelope),
            hostname=self._hostname,
            protocol=protocol,
            now=self._clock.now(),
            references=self._references if self._is_in_conversation(origin, envelope) else None,
            came_from=origin.peer.trace if origin.peer is not None else "",
        )

    def _largest(self, origin: Origin, envelope: Envelope) -> Bound:
        """What any of the recipients may be sent: past it the rest is not kept."""
        destinations = {self._policy.destination_of(recipient) for recipient in envelope.recipients}
        kind, limits = kind_of(origin.sender), self._policy.limits
        most = limits.largest_message(kind, destinations)
        return Bound(most, is_recipients=most < limits.largest_message(kind))

    def _is_in_conversation(self, origin: Origin, envelope: Envelope) -> bool:
        """Whether it will stand in one, as far as addresses say."""
        return origin.sender.is_citizen or any(map(self._policy.is_of_citizens, envelope.recipients))

    async def answer(
        self,
        incoming: Incoming[ByT],
        judge_and_file: Callable[[Incoming[ByT], ReadMessage], Awaitable[Reply]],
    ) -> Receipt:
        """What is said of a message whose octets have all come: its own problem, or what is found of it.

        Afterwards its octets are forgotten, whatever happened.
        """
        try:
            read = incoming.finish()
            if read is None:
                assert incoming.problem is not None  # noqa: S101 (finish says so: no reading, a problem)
                return Receipt(incoming.problem, incoming.queue_id)
            return Receipt(await judge_and_file(incoming, read), incoming.queue_id)
        finally:
            incoming.abandon()

    async def judge_and_file(
        self,
        incoming: Incoming[Any],
        origin: Origin,
        read: ReadMessage,
        case: SenderCase,
        take: Callable[[], Awaitable[Counted | Reply]],
    ) -> Reply:
        """As a whole, then counted by ``take`` against what its sender may send, then filed.

        Raises StoreBusyError, with nothing filed.
        """
        facts, verdict = await self._judge_whole(incoming, read, case)
        if verdict.reply is not None:
            await self.record_refusal(origin, verdict, incoming.queue_id)
            return verdict.reply
        taken = await take()
        if isinstance(taken, Reply):
            return taken
        return await self._file(_Arrived(incoming, origin, read, facts), taken)

    async def _judge_whole(
        self, incoming: Incoming[Any], read: ReadMessage, case: SenderCase
    ) -> tuple[MessageFacts, Verdict]:
        """The sender and the message as a whole; what is attached is opened only if it comes to that."""
        facts = read.facts
        verdict = judge_sender(case)
        if self._examination.is_needed(read) and not verdict.refuses:
            facts = await self._examination.of(incoming.spool, read)
            verdict = judge_sender(replace(case, content=facts))
        return facts, verdict

    async def _file(self, arrived: _Arrived, counted: Counted) -> Reply:
        """For all its recipients, or for none; a positive reply is a promise. Raises StoreBusyError."""
        incoming, origin = arrived.incoming, arrived.origin
        facts, envelope, now = arrived.facts, incoming.envelope, self._clock.now()
        waits = envelope.held_until is not None
        file = hold_message if waits else file_message
        bodies: dict[BalId, SealedBody] = {}
        may_be_filed = False  # a unit handed over is run, even when nobody waits for its answer any more
        try:
            owners = (
                [origin.account.id] if waits and origin.account else await self._owners(envelope.recipients)
            )
            await self._preparing.seal_copies(bodies, owners, incoming.spool, arrived.read.card, now)
            name = self._preparing.fingerprint(origin, envelope, facts.message_id, incoming.content_digest)
            delivery = self._preparing.delivery(origin, envelope, facts, incoming.queue_id, name, bodies, now)
            if self._dispensations is not None:
                delivery = await self._dispensations.completed(self._store, self._policy, delivery)
            may_be_filed = True
            done = await self._store.write(
                lambda tx: file(tx, self._policy, delivery),
                "submit",
                is_long=closes(facts, origin.sender) is not None,  # what closes may change hundreds of rows
            )
        except SubmissionRefused as refused:
            may_be_filed = False
            return await self._refused(origin, incoming, refused)
        except FiledAlready as filed:
            may_be_filed = False
            _log.info("message_repeated", queue_id=filed.queue_id, sender=str(origin.sender.address))
            return Reply(250, 0, 0, f"Accepted as {filed.queue_id}")
        except HolderChanged:
            may_be_filed = False
            self._known.clear()
            return _HOLDER_CHANGED
        except CommitUnknownError:
            raise
        except StoreBusyError:
            may_be_filed = False
            raise
        finally:
            if not may_be_filed:
                counted.give_back()
                await self._vault.discard(list(bodies.values()))
        await self._discard_others(bodies, done)
        count_accepted(self._figures, origin, [verdict for _, verdict in done.refused])
        return _accepted(delivery, done)

    async def _discard_others(self, bodies: Mapping[BalId, SealedBody], done: Filed) -> None:
        """The copies for those who were refused it."""
        if done.refused:
            received = {*(bal.id for bal in done.holders), *((OUTGOING,) if done.elsewhere else ())}
            await self._vault.discard([body for bal, body in bodies.items() if bal not in received])

    async def _owners(self, recipients: tuple[Address, ...]) -> list[BalId]:
        """Whom to seal for: as RCPT found them, or read again. The unit of work finds out if it is wrong."""
        if all(recipient.key in self._known for recipient in recipients):
            return [self._known[recipient.key].id for recipient in recipients]
        return await self._store.read(lambda tx: owners_of(tx, self._policy, recipients))

    def _remember(self, recipient: Address, holder: Bal) -> None:
        if len(self._known) >= _KNOWN_AT_MOST:
            self._known.clear()
        self._known[recipient.key] = holder

    async def _refused(self, origin: Origin, incoming: Incoming[Any], refused: SubmissionRefused) -> Reply:
        await self.record_refusal(origin, refused.verdict, incoming.queue_id)
        reply = refused.verdict.reply
        assert reply is not None  # noqa: S101 (only refusals are raised)
        if len(incoming.envelope.recipients) == 1 or refused.recipient is None:
            return reply
        return replace(
            reply,
            text=f"Sent to nobody, because of <{refused.recipient}>: {reply.text}",
            french=f"Remis à personne, à cause de <{refused.recipient}> : {reply.french}",
        )

    async def record_refusal(self, origin: Origin, verdict: Verdict, queue_id: str = "") -> None:
        """In the log and in the journal. ``queue_id`` of a message that had come whole."""
        reply, sender = verdict.reply, origin.sender
        assert reply is not None  # noqa: S101 (only refusals are recorded)
        self._figures.refusals.add(verdict.rule)
        named = {"queue_id": queue_id} if queue_id else {}
        _log.info(
            "message_refused", sender=str(sender.address), rule=verdict.rule, status=reply.status, **named
        )
        detail = {"rule": verdict.rule, "status": reply.status}
        now = self._clock.now()
        await self._store.write(
            lambda tx: tx.journal.record(
                JournalEntry(now, origin.actor, "refused", number_of(tx, sender), detail)
            ),
            "refusal",
        )


def _accepted(delivery: Delivery, filed: Filed) -> Reply:
    """The promise; of those refused the sender is told here, and by a report that nobody overlooks."""
    _log.info(
        "message_accepted",
        queue_id=delivery.queue_id,
        sender=str(delivery.sender.address),
        recipients=len(filed.holders) + len(filed.elsewhere),
        refused=len(filed.refused),
        size=delivery.facts.size,
    )
    hour = delivery.envelope.held_until
    promise = f"Accepted as {delivery.queue_id}"
    if hour is not None:
        promise += f", held until {spelt(hour)}"
    if not filed.refused:
        return Reply(250, 0, 0, promise)
    said = [promise]
    for recipient, verdict in filed.refused:
        reply = verdict.reply
        assert reply is not None  # noqa: S101 (only refusals are there)
        said += [f"Pas pour <{recipient}> : {reply.in_french()}", f"Not for <{recipient}>: {reply}"]
    return Reply(250, 0, 0, "\n".join(said))
