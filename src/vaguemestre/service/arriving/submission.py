"""Submission: what a signed-in account may send, and the promise made when it is accepted. RFC 6409.

The same ``submit`` serves SMTP, the command line and whatever comes later. A positive reply is a promise:
it is made after the durable commit, by one unit of work that filed the message for every recipient.
"""

from datetime import datetime, timedelta
from typing import TypeAlias

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.policy.case import Hold, SenderCase
from vaguemestre.policy.limits import Allowance
from vaguemestre.policy.rulebook import judge_sender
from vaguemestre.service.arriving.accepting import RECIPIENT_OK, SENDER_OK, Accepting, Receipt
from vaguemestre.service.arriving.allowances import Allowances
from vaguemestre.service.arriving.deadlines import promised
from vaguemestre.service.arriving.incoming import Incoming
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.on_behalf import by_person, may_be_another, named_as_sender, sends_as
from vaguemestre.service.arriving.origin import from_account
from vaguemestre.service.arriving.own_addresses import further_addresses
from vaguemestre.service.sign_in.outcome import SignedIn

_HOLDS_NOTHING = Reply(555, 5, 4, "No message is held here until later")

Submitted: TypeAlias = Incoming[SignedIn]
"""A message on its way in, from an account."""


class Submissions:
    """Accepts messages from accounts; ``Relaying`` does from operators."""

    def __init__(self, intake: Intake) -> None:
        self._store = intake.store
        self._clock = intake.clock
        self._policy = intake.policy
        self._accepting = Accepting(intake)
        self._allowances = Allowances(intake.store, intake.clock, intake.policy, several=intake.several)

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
        return verdict.reply or await self._allowances.refusal(signed_in.bal) or SENDER_OK

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

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of, counted from now; or why that is not promised."""
        return promised(by, held_until, self._clock.now())

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
            verdict = await self._accepting.judge_recipient(sender, envelope, recipient)
        if verdict.reply is not None:
            await self._accepting.record_refusal(from_account(signed_in), verdict)
        return verdict.reply or RECIPIENT_OK

    async def _sends_as(self, signed_in: SignedIn, path: ReversePath) -> SignedIn:
        """Whose message it is: who signed in, or a bal that he may write for."""
        if not may_be_another(signed_in, path):
            return signed_in
        now = self._clock.now()
        return await self._store.read(lambda tx: sends_as(tx, signed_in, path, now))

    def begin(self, signed_in: SignedIn, envelope: Envelope, protocol: str) -> Submitted:
        """Where the octets go. ``protocol`` is the word of the Received field (RFC 3848)."""
        sent_by = named_as_sender(signed_in, envelope.reverse_path)
        return self._accepting.begin(signed_in, from_account(signed_in), envelope, protocol, sent_by)

    async def submit(self, incoming: Submitted) -> Receipt:
        """File the message for all its recipients, or for none; the reply is a promise.

        Raises StoreBusyError, with nothing filed.
        """
        return await self._accepting.answer(incoming, self._judge_and_file)

    async def _judge_and_file(self, incoming: Submitted, read: ReadMessage) -> Reply:
        envelope = incoming.envelope
        path, count = envelope.reverse_path, len(envelope.recipients)
        signed_in = await self._sends_as(incoming.by, path)
        sender = signed_in.bal
        further = await further_addresses(self._store, sender, path, read.facts)
        case = by_person(SenderCase(self._policy, sender, path, None, count, read.facts, further), signed_in)
        return await self._accepting.judge_and_file(
            incoming, from_account(signed_in), read, case, lambda: self._allowances.take(sender, count)
        )
