"""Submission: what a signed-in account may send, and the promise made when it is accepted. RFC 6409.

The same ``submit`` serves SMTP, the command line and whatever comes later. A positive reply is a promise:
it is made after the durable commit, by one unit of work that filed the message for every recipient.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.held import spelt
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.policy.case import Case, Hold, SenderCase
from vaguemestre.policy.limits import Allowance
from vaguemestre.policy.rulebook import judge, judge_sender
from vaguemestre.policy.verdict import Verdict
from vaguemestre.service.allowances import Allowances
from vaguemestre.service.delivery import (
    Delivery,
    Filed,
    FiledAlready,
    HolderChanged,
    SubmissionRefused,
    case_for,
    citizen_addresses,
    citizens_among,
    closes,
    file_message,
)
from vaguemestre.service.holding import hold_message
from vaguemestre.service.incoming import Incoming
from vaguemestre.service.intake import Intake
from vaguemestre.service.on_behalf import by_person, may_be_another, named_as_sender, sends_as
from vaguemestre.service.own_addresses import further_addresses
from vaguemestre.service.ports import SealedBody
from vaguemestre.service.preparing import Preparing
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.service.store_port import CommitUnknownError, JournalEntry, StoreBusyError

_SENDER_OK = Reply(250, 1, 0, "Sender OK")
_HOLDS_NOTHING = Reply(555, 5, 4, "No message is held here until later")
_RECIPIENT_OK = Reply(250, 1, 5, "Recipient OK")

_HOLDER_CHANGED = Reply(
    451,
    4,
    3,
    "An address has changed hands meanwhile: send the message again",
    "Une adresse a changé de titulaire entre-temps : renvoyez le message",
)

_KNOWN_AT_MOST = 10_000  # addresses found at RCPT, remembered until DATA: some 5 MB

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The one answer to the octets of a message, and the identifier that follows it through the logs."""

    reply: Reply
    queue_id: str


class Submissions:
    """Accepts messages from accounts. ``hostname`` names this server in trace fields."""

    def __init__(self, intake: Intake) -> None:
        self._dispensations = intake.dispensations
        self._store = intake.store
        self._vault = intake.vault
        self._clock = intake.clock
        self._policy = intake.policy
        self._references = intake.references
        self._hostname = intake.hostname
        self._examination = intake.examination
        self._preparing = Preparing(intake.vault, intake.digest, intake.references)
        self._allowances = Allowances(intake.store, intake.clock, intake.policy)
        self._known: dict[str, Bal] = {}

    @property
    def max_message_size(self) -> int:
        """In octets, for SIZE (RFC 1870)."""
        return self._policy.limits.message_size

    @property
    def max_recipients(self) -> int:
        """A message."""
        return self._policy.limits.recipients

    def allowance_of(self, signed_in: SignedIn) -> Allowance:
        """What this account may do."""
        return self._policy.allowance_of(signed_in.bal.kind)

    async def accepts_sender(
        self, signed_in: SignedIn, reverse_path: ReversePath, declared_size: int | None
    ) -> Reply:
        """The reply to MAIL."""
        signed_in = await self._sends_as(signed_in, reverse_path)
        further = await further_addresses(self._store, signed_in.bal, reverse_path)
        case = SenderCase(self._policy, signed_in.bal, reverse_path, declared_size, further=further)
        verdict = judge_sender(by_person(case, signed_in))
        return verdict.reply or await self._allowances.refusal(signed_in.bal) or _SENDER_OK

    @property
    def latest_release(self) -> tuple[timedelta, datetime] | None:
        """How long a message may be held, and so until when from now; None when none is. RFC 4865 §3."""
        longest = self._policy.limits.longest_hold
        return (longest, self._clock.now() + longest) if longest else None

    async def holds(
        self, signed_in: SignedIn, reverse_path: ReversePath, hold: timedelta | datetime
    ) -> datetime | Reply:
        """When a message is released that is to be held so long, or until then; or why it is not held."""
        signed_in = await self._sends_as(signed_in, reverse_path)
        sender, now = signed_in.bal, self._clock.now()
        if not self._policy.limits.longest_hold:
            return _HOLDS_NOTHING
        until = hold if isinstance(hold, datetime) else now + hold
        waiting = await self._store.read(lambda tx: tx.held.count(sender.id))
        case = SenderCase(self._policy, sender, sender.address, None, hold=Hold(until, now, waiting))
        return judge_sender(by_person(case, signed_in)).reply or until

    async def accepts_recipient(self, signed_in: SignedIn, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT; ``envelope`` holds the recipients accepted so far."""
        recipients = (*envelope.recipients, recipient)
        path = envelope.reverse_path
        signed_in = await self._sends_as(signed_in, path)
        sender = signed_in.bal
        further = await further_addresses(self._store, sender, path)
        case = SenderCase(self._policy, sender, path, None, recipient_count=len(recipients), further=further)
        verdict = judge_sender(by_person(case, signed_in))
        if not verdict.refuses:
            limited = await self._allowances.refusal(sender, len(recipients))
            if limited is not None:
                return limited
            citizens = await self._citizens(recipients)
            verdict = await self._judge_recipient(sender, recipient, citizens, envelope.declared_size)
        if verdict.reply is not None:
            await self._record_refusal(signed_in, verdict)
        return verdict.reply or _RECIPIENT_OK

    async def _sends_as(self, signed_in: SignedIn, path: ReversePath) -> SignedIn:
        """Whose message it is: who signed in, or a bal that he may write for."""
        if not may_be_another(signed_in, path):
            return signed_in
        now = self._clock.now()
        return await self._store.read(lambda tx: sends_as(tx, signed_in, path, now))

    async def _citizens(self, recipients: tuple[Address, ...]) -> int:
        addresses = citizen_addresses(self._policy, recipients)
        if len(addresses) <= 1:
            return len(addresses)
        return await self._store.read(lambda tx: citizens_among(tx, addresses))

    async def _judge_recipient(
        self, sender: Bal, recipient: Address, citizens: int, declared_size: int | None
    ) -> Verdict:
        """As the store has it, or as it had it a moment ago if that is enough to accept.

        What is remembered never refuses anybody, and never accepts for good: the unit of work judges again.
        """
        now = self._clock.now()
        known = self._known.get(recipient.key)
        if known is not None and sender.kind.is_professional:  # a citizen's case needs his conversations too
            case = Case(now, self._policy, sender, recipient, known, citizens, declared_size=declared_size)
            verdict = judge(case)
            if not verdict.refuses:
                return verdict
        case = await self._store.read(lambda tx: case_for(tx, self._policy, sender, recipient, citizens, now))
        verdict = judge(replace(case, declared_size=declared_size))
        if case.holder is not None and not verdict.refuses:
            self._remember(recipient, case.holder)
        return verdict

    def begin(self, signed_in: SignedIn, envelope: Envelope, protocol: str) -> Incoming:
        """Where the octets go. ``protocol`` is the word of the Received field (RFC 3848)."""
        return Incoming(
            signed_in,
            envelope,
            self._vault.spool(),
            named_as_sender(signed_in, envelope.reverse_path),
            limit=self._largest(signed_in.bal, envelope),
            hostname=self._hostname,
            protocol=protocol,
            now=self._clock.now(),
            references=self._references if self._is_in_conversation(signed_in.bal, envelope) else None,
        )

    def _largest(self, sender: Bal, envelope: Envelope) -> int:
        """What any of the recipients may be sent, in octets: past it the rest is not even read."""
        destinations = {self._policy.destination_of(recipient) for recipient in envelope.recipients}
        return self._policy.limits.largest_message(sender.kind, destinations)

    def _is_in_conversation(self, sender: Bal, envelope: Envelope) -> bool:
        citizens = self._policy.citizen_domains
        return sender.kind is BalKind.CITIZEN or any(r.domain_key in citizens for r in envelope.recipients)

    async def submit(self, incoming: Incoming) -> Receipt:
        """File the message for all its recipients, or for none; the reply is a promise.

        Raises StoreBusyError, with nothing filed.
        """
        try:
            read = incoming.finish()
            if read is None:
                assert incoming.problem is not None  # noqa: S101 (finish says so: no reading, a problem)
                return Receipt(incoming.problem, incoming.queue_id)
            reply = await self._judge_and_file(incoming, read)
        finally:
            incoming.abandon()
        return Receipt(reply, incoming.queue_id)

    async def _judge_and_file(self, incoming: Incoming, read: ReadMessage) -> Reply:
        facts, now, envelope = read.facts, self._clock.now(), incoming.envelope
        path, count = envelope.reverse_path, len(envelope.recipients)
        signed_in = await self._sends_as(incoming.signed_in, path)
        sender = signed_in.bal
        further = await further_addresses(self._store, sender, path, facts)
        case = by_person(SenderCase(self._policy, sender, path, None, count, facts, further), signed_in)
        verdict = judge_sender(case)
        if self._examination.is_needed(read) and not verdict.refuses:
            facts = await self._examination.of(incoming.spool, read)
            verdict = judge_sender(replace(case, content=facts))
        if verdict.reply is not None:
            await self._record_refusal(signed_in, verdict)
            return verdict.reply
        waits = envelope.held_until is not None
        holders = [sender] if waits else await self._holders(envelope.recipients)
        file = hold_message if waits else file_message
        taken = await self._allowances.take(sender, len(envelope.recipients))
        if isinstance(taken, Reply):
            return taken
        bodies: dict[BalId, SealedBody] = {}
        may_be_filed = False  # a unit handed over is run, even when nobody waits for its answer any more
        try:
            await self._preparing.seal_copies(bodies, holders, incoming.spool, read.card, now)
            name = self._preparing.fingerprint(sender, envelope, facts.message_id, incoming.content_digest)
            delivery = self._preparing.delivery(
                signed_in, envelope, facts, incoming.queue_id, name, bodies, now
            )
            delivery = await self._with_dispensations(delivery)
            may_be_filed = True
            done = await self._store.write(
                lambda tx: file(tx, self._policy, delivery),
                "submit",
                is_long=closes(facts, sender) is not None,  # what closes may change hundreds of rows
            )
        except SubmissionRefused as refused:
            may_be_filed = False
            return await self._refused(signed_in, envelope, refused)
        except FiledAlready as filed:
            may_be_filed = False
            _log.info("message_repeated", queue_id=filed.queue_id, sender=str(sender.address))
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
                taken.give_back()
                await self._vault.discard(list(bodies.values()))
        if done.refused:
            received = {bal.id for bal in done.holders}
            await self._vault.discard([body for bal, body in bodies.items() if bal not in received])
        return _accepted(delivery, done)

    async def _with_dispensations(self, delivery: Delivery) -> Delivery:
        asked = self._dispensations
        return delivery if asked is None else await asked.completed(self._store, self._policy, delivery)

    async def _holders(self, recipients: tuple[Address, ...]) -> list[Bal]:
        """Whom to seal for: as RCPT found them, or read again. The unit of work finds out if it is wrong."""
        if all(recipient.key in self._known for recipient in recipients):
            return [self._known[recipient.key] for recipient in recipients]
        found = await self._store.read(lambda tx: [tx.bals.by_address(recipient) for recipient in recipients])
        return [bal for bal in found if bal is not None]  # the unit of work refuses those that are missing

    def _remember(self, recipient: Address, holder: Bal) -> None:
        if len(self._known) >= _KNOWN_AT_MOST:
            self._known.clear()
        self._known[recipient.key] = holder

    async def _refused(self, signed_in: SignedIn, envelope: Envelope, refused: SubmissionRefused) -> Reply:
        await self._record_refusal(signed_in, refused.verdict)
        reply = refused.verdict.reply
        assert reply is not None  # noqa: S101 (only refusals are raised)
        if len(envelope.recipients) == 1 or refused.recipient is None:
            return reply
        return replace(
            reply,
            text=f"Sent to nobody, because of <{refused.recipient}>: {reply.text}",
            french=f"Remis à personne, à cause de <{refused.recipient}> : {reply.french}",
        )

    async def _record_refusal(self, signed_in: SignedIn, verdict: Verdict) -> None:
        sender = signed_in.bal
        reply = verdict.reply
        assert reply is not None  # noqa: S101 (only refusals are recorded)
        _log.info("message_refused", sender=str(sender.address), rule=verdict.rule, status=reply.status)
        detail = {"rule": verdict.rule, "status": reply.status}
        entry = JournalEntry(self._clock.now(), signed_in.actor, "refused", sender.id, detail)
        await self._store.write(lambda tx: tx.journal.record(entry), "refusal")


def _accepted(delivery: Delivery, filed: Filed) -> Reply:
    """The promise; of those refused the sender is told here, and by a report that nobody overlooks."""
    _log.info(
        "message_accepted",
        queue_id=delivery.queue_id,
        sender=str(delivery.sender.address),
        recipients=len(filed.holders),
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
