"""Filing in the history of accesses: the mailbox that tells a holder what others did in his bal.

domain.md §2. It is made when first needed: most bals never need it. Nobody writes in it but the server, and
nothing leaves it but by its age (docs/decisions/0016-the-history-of-accesses.md).
"""

from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import ACCESS_HISTORY, Mailbox
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction


def file_in_history(tx: Transaction, bal: BalId, message: NewMessage, now: datetime) -> None:
    """File a message whose body is already added."""
    tx.messages.file(_history(tx, bal, now).id, [message])


def _history(tx: Transaction, bal: BalId, now: datetime) -> Mailbox:
    found = tx.mailboxes.by_name(bal, ACCESS_HISTORY)
    if found is not None:
        return found
    try:
        return tx.mailboxes.create(bal, ACCESS_HISTORY, None, now)
    except ValueError:  # another writer has just made it
        made = tx.mailboxes.by_name(bal, ACCESS_HISTORY)
        if made is None:
            raise
        return made
