"""Relaying: what another operator brings for people here, through the same rules and the same unit of work.

domain.md §6; RFC 5321 §2.1. The operator answers for who sends: MAIL FROM and From lie in his domains
(rules REL). In conversations, limits and documents his people are judged as ours are, with what is known.

Who sends is whoever From names, once it is known: he is answered, closes, is blocked; until then MAIL FROM.
What comes without a reverse-path is a report of the operator's, whoever it speaks for, and no letter.
"""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.correspondent import Correspondent
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.message import MessageFacts
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.rulebook import judge_sender
from vaguemestre.service.arriving.accepting import RECIPIENT_OK, SENDER_OK, Accepting, Receipt
from vaguemestre.service.arriving.allowances import Taken
from vaguemestre.service.arriving.deadlines import promised
from vaguemestre.service.arriving.incoming import Incoming
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.arriving.peer_allowances import PeerAllowances

Relayed: TypeAlias = Incoming[Peer]
"""A message on its way in, from another operator."""


class Relaying:
    """Accepts messages from operators; ``Submissions`` does from accounts."""

    def __init__(self, intake: Intake) -> None:
        self._policy = intake.policy
        self._clock = intake.clock
        self._trust = intake.beyond.trust
        self._accepting = Accepting(intake)
        self._allowances = PeerAllowances(intake.clock, intake.policy.peer_allowance)

    @property
    def max_message_size(self) -> int:
        """In octets, for SIZE (RFC 1870)."""
        return self._policy.limits.message_size

    @property
    def max_recipients(self) -> int:
        """A message."""
        return self._policy.limits.recipients

    async def accepts_sender(self, peer: Peer, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        """The reply to MAIL."""
        origin = self._origin(peer, reverse_path)
        verdict = judge_sender(
            SenderCase(self._policy, origin.sender, reverse_path, declared_size, peer=origin.peer)
        )
        if verdict.reply is not None:
            await self._accepting.record_refusal(origin, verdict)
        return verdict.reply or self._allowances.refusal(peer) or SENDER_OK

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of, counted from now; or why that is not promised."""
        return promised(by, held_until, self._clock.now())

    async def accepts_recipient(self, peer: Peer, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT; ``envelope`` holds the recipients accepted so far."""
        origin, path = self._origin(peer, envelope.reverse_path), envelope.reverse_path
        count = len(envelope.recipients) + 1
        verdict = judge_sender(
            SenderCase(self._policy, origin.sender, path, None, recipient_count=count, peer=origin.peer)
        )
        if not verdict.refuses:
            verdict = await self._accepting.judge_recipient(origin.sender, envelope, recipient)
        if verdict.reply is not None:
            await self._accepting.record_refusal(origin, verdict)
        return verdict.reply or RECIPIENT_OK

    def begin(self, peer: Peer, envelope: Envelope, protocol: str) -> Relayed:
        """Where the octets go. ``protocol`` is the word of the Received field (RFC 3848)."""
        return self._accepting.begin(peer, self._origin(peer, envelope.reverse_path), envelope, protocol)

    async def submit(self, incoming: Relayed) -> Receipt:
        """File the message for all its recipients, or for none; the reply is a promise.

        Raises StoreBusyError, with nothing filed.
        """
        return await self._accepting.answer(incoming, self._judge_and_file)

    async def _judge_and_file(self, incoming: Relayed, read: ReadMessage) -> Reply:
        peer, envelope = incoming.by, incoming.envelope
        path, count = envelope.reverse_path, len(envelope.recipients)
        origin = self._origin(peer, path, read.facts)
        case = SenderCase(self._policy, origin.sender, path, None, count, read.facts, peer=origin.peer)

        async def take() -> Taken | Reply:
            return self._allowances.take(peer, count)

        return await self._accepting.judge_and_file(incoming, origin, read, case, take)

    def _origin(self, peer: Peer, path: ReversePath, facts: MessageFacts | None = None) -> Origin:
        """Who sends, and for which domains the operator speaks by the list of this moment."""
        if self._trust is not None and self._trust.is_current:
            peer = replace(peer, domains=self._trust.domains_of(peer.subject))
        named = facts.from_ if facts is not None and len(facts.from_) == 1 else ()
        if path is None:
            address = named[0] if named else Address("postmaster", min(peer.domains, default=""))
            return Origin(Correspondent(address, is_citizen=False), peer=peer)
        address = named[0] if named else path
        return Origin(Correspondent(address, self._policy.is_of_citizens(address)), peer=peer)
