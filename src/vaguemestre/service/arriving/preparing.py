"""What is made before the unit of work that files a message, because making it waits and a unit does not.

Copies sealed for each recipient, and the digests of the message identifiers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.message import MessageFacts
from vaguemestre.service.arriving.delivery import Delivery
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.ports.vault import SealedBody, Spool


class Preparing:
    """Seals and digests."""

    def __init__(self, intake: Intake) -> None:
        self._vault = intake.vault
        self._digest = intake.digest
        self._references = intake.references
        self._beyond = intake.beyond

    async def seal_copies(
        self,
        into: dict[BalId, SealedBody],
        owners: Iterable[BalId],
        spool: Spool,
        card: bytes,
        now: datetime,
    ) -> None:
        """One for each bal, and one of ``OUTGOING`` for all who are elsewhere.

        What was sealed is in ``into`` even when this raises: the caller discards it.
        """
        for owner in owners:
            if owner not in into:
                into[owner] = await self._vault.seal(owner, spool, card, now)

    def delivery(
        self,
        origin: Origin,
        envelope: Envelope,
        facts: MessageFacts,
        queue_id: str,
        fingerprint: bytes | None,
        bodies: dict[BalId, SealedBody],
        now: datetime,
    ) -> Delivery:
        """All of it that the unit of work is to file. A report answers what it speaks of."""
        spoken_of = facts.notification or facts.failures
        notified = self._digest.of([spoken_of.original] if spoken_of is not None else [])
        identifier = self._digest.of([facts.message_id] if facts.message_id else [])
        given_back = [
            digest
            for digest in self._references.read(facts.conversation_references)
            if digest not in identifier  # the one that was written into this very message
        ]
        return Delivery(
            origin,
            envelope,
            facts,
            [*self._digest.of(facts.references), *notified, *given_back],
            identifier,
            notified,
            fingerprint,
            bodies,
            queue_id,
            now,
            beyond=self._beyond,
        )

    def fingerprint(
        self, origin: Origin, envelope: Envelope, message_id: str | None, content: bytes | None
    ) -> bytes | None:
        """What the same message sent again has too; None for a message whose sender gave it no name."""
        if message_id is None or content is None:
            return None
        recipients: Sequence[str] = sorted(recipient.key for recipient in envelope.recipients)
        by = origin.sender.address.key if origin.account is None else str(origin.account.id)
        told = (by, str(envelope.reverse_path or ""), message_id, *recipients)
        return self._digest.of(["\0".join((*told, content.hex()))])[0]
