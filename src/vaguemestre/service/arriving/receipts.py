"""Notifications on their way in move the fate of the message they speak of. RFC 8098 §2.1; domain.md §4.

Only of the recipient who sends them: nobody says of another that he has read. The notification itself
is filed as any message is, so the sender is told by it, and not by a receipt of ours as well.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.delivery_failure import DeliveryFailures
from vaguemestre.mail.disposition import INTEGRATION_ERRORS, Disposition, Notification
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.store import Transaction

_RETURNED: Final = Sentence(
    "accepté puis renvoyé par l'opérateur du destinataire",
    "accepted, then returned by the recipient's operator",
)


def move_fate(
    tx: Transaction,
    sender: Party,
    holders: Iterable[Bal],
    notification: Notification,
    identifier: bytes,
    now: datetime,
) -> None:
    """``identifier`` is the digest of the message that ``sender`` speaks of, to ``holders``."""
    if notification.disposition is Disposition.DISPLAYED:
        fate = Fate(sender.address, FateState.READ, now)
    else:
        why = _why(notification.code)
        fate = Fate(sender.address, FateState.REJECTED, now, reason=why.en, reason_french=why.fr)
    tx.submissions.told(identifier, fate, [bal.id for bal in holders])


def bounce_fates(
    tx: Transaction,
    peer: Peer,
    holders: Iterable[Bal],
    failures: DeliveryFailures,
    identifier: bytes,
    now: datetime,
) -> None:
    """``peer`` reports to ``holders`` on the message of that digest: of his own people alone (RFC 3464)."""
    to = [bal.id for bal in holders]
    for recipient, status in failures.failed:
        if recipient.domain_key in peer.domains:
            fate = Fate(recipient, FateState.REFUSED, now, status, _RETURNED.en, _RETURNED.fr)
            tx.submissions.bounced(identifier, fate, to)


def _why(code: str) -> Sentence:
    meaning = INTEGRATION_ERRORS.get(code)
    return Sentence(
        fr=f"refusé par le logiciel du destinataire : {f'{code}, {meaning.fr}' if meaning else 'sans code'}",
        en=f"refused by the recipient's software: {f'{code}, {meaning.en}' if meaning else 'no code given'}",
    )
