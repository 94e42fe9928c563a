"""Filing in INBOX, the mailbox that every bal has and where everything arrives. RFC 9051 §5.1.

So this is also where its holder begins to be owed a word of it (domain.md §2, notification): in the same
transaction, so that neither is ever there without the other.
"""

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import SEEN
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction


def file_in_inbox(tx: Transaction, bal: BalId, message: NewMessage) -> None:
    """File a message whose body is already added."""
    uid = tx.messages.arrive(bal, message)  # without INBOX it is our misfortune: answered 451, tried again
    if not message.flags & SEEN:
        tx.notifications.arrived(bal, uid, message.filed_at)
