"""What a reader does in a bal that is not his: allowed by his rights of this moment, and written down.

domain.md §2: every access is recorded under the real reader. The line in the journal and the deed itself
are one unit of work, so there is not one without the other; what is only shown is written down before.
``by`` is None for the holder himself, of whom nothing is asked.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from vaguemestre.mail.access import Deed, Place, Right
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.mailbox import ACCESS_HISTORY, BLOCKED, CLOSED_CONVERSATIONS, Mailbox, SpecialUse
from vaguemestre.policy.access import all_rights, may
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Reader, actor_of

_WITHOUT_COUNT: Final = frozenset({Deed.SIGN_IN, Deed.LOOK, Deed.SHAPE, Deed.CLOSE, Deed.SEND})


def actor_in(bal: Bal, by: Reader | None) -> str:
    """Who acts in a bal, as the journal has him."""
    return actor_of(bal if by is None else by.bal)


def place_of(mailbox: Mailbox) -> Place:
    """Where in the bal it is, as far as rights differ."""
    if mailbox.name == ACCESS_HISTORY:
        return Place.HISTORY
    if mailbox.name == CLOSED_CONVERSATIONS:
        return Place.CLOSED
    if mailbox.name == BLOCKED:
        return Place.BLOCKED
    uses = {SpecialUse.SENT: Place.SENT, SpecialUse.DRAFTS: Place.DRAFTS}
    return uses.get(mailbox.special_use, Place.OTHER) if mailbox.special_use is not None else Place.OTHER


def rights_in(tx: Transaction, bal: BalId, by: Reader, now: datetime) -> frozenset[Right]:
    """What he may do there now; nothing once an account may not sign in any more."""
    holder, person = tx.bals.by_id(bal), tx.bals.by_id(by.bal.id)
    if holder is None or person is None or not (holder.state.signs_in and person.state.signs_in):
        return frozenset()
    return all_rights(tx.grants.between(bal, person.id), now)


def require(
    tx: Transaction, bal: BalId, by: Reader | None, deed: Deed, now: datetime, place: Place = Place.OTHER
) -> None:
    """Raises MailboxRefused (NOPERM) when his rights do not allow it."""
    if by is not None and not may(rights_in(tx, bal, by, now), deed, place):
        raise not_allowed()


def note(
    tx: Transaction,
    bal: BalId,
    by: Reader | None,
    deed: Deed,
    now: datetime,
    count: int = 1,
    detail: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """He did it: a line in the journal of the bal, and one more in his visit."""
    if by is None or not count:
        return
    told = {**detail} if deed in _WITHOUT_COUNT else {"messages": str(count), **detail}
    tx.journal.record(JournalEntry(now, actor_of(by.bal), deed.value, bal, told))
    tx.grants.did(bal, by.bal.id, deed, count, now)


def not_allowed() -> MailboxRefused:
    """The holder may, and he who reads for him may not."""
    return MailboxRefused(
        Reason.NO_PERMISSION, "You may read this mailbox, and were not given the right to do that"
    )
