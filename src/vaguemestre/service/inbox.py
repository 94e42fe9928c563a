"""Filing in INBOX, the mailbox that every bal has and where everything arrives. RFC 9051 §5.1."""

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import INBOX
from vaguemestre.service.store_port import NewMessage, Transaction


def file_in_inbox(tx: Transaction, bal: BalId, message: NewMessage) -> None:
    """File a message whose body is already added."""
    inbox = tx.mailboxes.by_name(bal, INBOX)
    if inbox is None:
        raise LookupError(f"bal {bal} has no INBOX")  # our misfortune: answered 451, tried again
    tx.messages.file(inbox.id, [message])
