"""The end of a wait by which nobody gets the message. RFC 4865.

Its sender removed it, an operator cancelled it, or his account was closed. Whoever sees the message in its
mailbox can cancel it with any mail program: it is cancelled by being expunged or moved away. Somebody else's
doing leaves it among its sender's drafts, so that no letter is lost.
"""

from collections.abc import Sequence
from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import INBOX, SCHEDULED, Mailbox, MailboxId, SpecialUse, Uid
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction


def cancel(tx: Transaction, held: Held, actor: str, now: datetime) -> bool:
    """Nobody gets it; it lies among the drafts of its sender. False when it was released meanwhile."""
    tx.messages.row(held.mailbox, held.uid)  # locks the account before the message: so does the release
    if not tx.held.take(held.submission):
        return False
    settle_cancelled(tx, held, actor, now)
    move_to_drafts(tx, held, now)
    return True


def cancel_all(tx: Transaction, sender: BalId, actor: str, now: datetime) -> None:
    """Everything of an account that waits: it is closed."""
    for held in tx.held.waiting(sender):
        cancel(tx, held, actor, now)


def cancel_removed(
    tx: Transaction, mailbox: MailboxId, uids: Sequence[Uid], actor: str, now: datetime
) -> None:
    """These messages leave a mailbox by their holder's will: those that wait there are cancelled."""
    for held in tx.held.lying_at(mailbox, uids):
        if tx.held.take(held.submission):
            settle_cancelled(tx, held, actor, now)


def settle_cancelled(tx: Transaction, held: Held, actor: str, now: datetime) -> None:
    """Of a message that waits no more: the same, sent again, is another one."""
    tx.submissions.unhold(held.submission)
    for recipient in held.envelope.recipients:
        tx.submissions.settle(held.submission, Fate(recipient, FateState.CANCELLED, now))
    tx.submissions.outdate(held.submission)
    detail = {"queue_id": held.queue_id}
    tx.journal.record(JournalEntry(now, actor, "cancelled", held.sender, detail))


def move_to_drafts(tx: Transaction, held: Held, now: datetime) -> None:
    """From where it waited; into INBOX if the account has no drafts. Nothing happens if it is gone."""
    tx.messages.copy(held.mailbox, [held.uid], _drafts(tx, held.sender).id, now)
    tx.messages.remove(held.mailbox, [held.uid], now)


def scheduled_mailbox(tx: Transaction, bal: BalId, now: datetime) -> Mailbox:
    """Where messages wait, made when the first one does."""
    inbox = tx.mailboxes.by_name(bal, INBOX)
    if inbox is not None:
        tx.messages.highest_modseq(inbox.id)  # locks the account: two first ones at once make one mailbox
    found = tx.mailboxes.by_name(bal, SCHEDULED)
    return found or tx.mailboxes.create(bal, SCHEDULED, SpecialUse.SCHEDULED, now)


def _drafts(tx: Transaction, bal: BalId) -> Mailbox:
    mailboxes = tx.mailboxes.of(bal)
    return next((one for one in mailboxes if one.special_use is SpecialUse.DRAFTS), mailboxes[0])
