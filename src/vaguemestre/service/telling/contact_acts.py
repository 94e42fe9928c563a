"""Whether a holder is told outside: switched by the operator or by himself. domain.md §2."""

from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction


def switch(tx: Transaction, bal: BalId, actor: str, now: datetime, *, on: bool) -> bool:
    """Where he is told stays; False when that is not known."""
    if not tx.notifications.switch(bal, on):
        return False
    event = "contact_switched_on" if on else "contact_switched_off"
    tx.journal.record(JournalEntry(now, actor, event, bal, {}))
    return True
