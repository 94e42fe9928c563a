"""Birth dates of minors: what says when their representatives lose access. domain.md §2.

Kept of nobody else, and forgotten with the year in which they come of age: nothing here needs them longer
(docs/decisions/0014-readers-of-a-bal.md).
"""

from datetime import date, datetime

from vaguemestre.mail.access import GrantKind
from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.access import MAJORITY, PARIS, majority
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction


class BirthDateRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """It is not kept; the sentence says why."""


def note_birth_date(tx: Transaction, bal: Bal, born: date, actor: str, now: datetime) -> None:
    """Keep it, and let the access of representatives end as it says. Raises BirthDateRefused."""
    if bal.kind is not BalKind.CITIZEN:
        raise BirthDateRefused("A birth date is kept of citizens alone: it says until when they are minors")
    if born > now.astimezone(PARIS).date():
        raise BirthDateRefused("This birth date is yet to come")
    of_age = majority(born)
    if of_age <= now:
        raise BirthDateRefused("A birth date is kept of minors alone: nothing here needs anybody else's")
    tx.grants.set_birth_date(bal.id, born)
    for grant in tx.grants.of_bal(bal.id):
        if grant.terms.kind is GrantKind.REPRESENTATIVE and grant.revoked_at is None:
            tx.grants.set_end(grant.id, of_age)
    tx.journal.record(JournalEntry(now, actor, "birth_date_set", bal.id))


class BirthDates:
    """The operator's hand on them, and how they are forgotten."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def set(self, address: Address, born: date, operator: str) -> None:
        """Raises BirthDateRefused."""
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            bal = tx.bals.by_address(address)
            if bal is None:
                raise BirthDateRefused(f"No account has the address {address}")
            note_birth_date(tx, bal, born, f"operator:{operator}", now)

        await self._store.write(unit, "set birth date")

    async def forget_once(self, limit: int) -> int:
        """Those of whoever came of age before this year, for the background worker; how many."""
        before = date(self._clock.now().year - MAJORITY, 1, 1)
        return await self._store.write(
            lambda tx: tx.grants.forget_birth_dates(before, limit), "forget birth dates"
        )
