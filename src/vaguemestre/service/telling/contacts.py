"""Where holders wish to be told: given, shown, switched, tried; and the operator's view of what waits.

A personal address is personal data: it is sealed as a message's card is, under a data key of its holder and
of that day, which is destroyed once nothing of that day is left. It is taken as the operator gives it, who
knows the holder (docs/decisions/0028-notifications.md).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.contact import Contact, ContactKind
from vaguemestre.policy.limits import Policy
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.notification import NotTold, SealedContact, Waiting
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.contact_acts import switch
from vaguemestre.service.telling.notifying import Notifying
from vaguemestre.service.telling.opened_contact import open_contact

_LONGEST_NAME: Final = 200  # characters of a webhook's name for somebody


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one account's contact."""

    contact: Contact
    is_on: bool


class Contacts:
    """Every act leaves a line in the journal, which never holds the address itself."""

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, policy: Policy, notifying: Notifying
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._policy = policy
        self._notifying = notifying

    async def give(self, address: Address, contact: Contact, operator: str) -> None:
        """From now on he is told there. Raises AccountUnknown, AccountRefused, AddressSyntaxError."""
        self._check(contact)
        bal = await self._bal(address)
        now = self._clock.now()
        spool = self._vault.spool()
        try:
            body = await self._vault.seal(bal.id, spool, contact.to.encode(), now)
        finally:
            spool.discard()
        sealed = SealedContact(body.id, bal.id, body.day, body.card, contact.kind, is_on=True)

        def unit(tx: Transaction) -> None:
            tx.notifications.set_contact(sealed)
            self._note(tx, now, bal.id, operator, "contact_given", {"kind": contact.kind.value})

        await self._store.write(unit, "contact")

    async def switch(self, address: Address, operator: str, *, on: bool) -> None:
        """He is told, or is told no more, and the contact stays. Raises AccountUnknown, AccountRefused."""
        bal = await self._bal(address)
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            if not switch(tx, bal.id, f"operator:{operator}", now, on=on):
                raise AccountRefused("This account has no contact: give one first")

        await self._store.write(unit, "contact")

    async def drop(self, address: Address, operator: str) -> None:
        """Nothing of it is kept. Raises AccountUnknown, AccountRefused."""
        bal = await self._bal(address)
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            if not tx.notifications.drop_contact(bal.id):
                raise AccountRefused("This account has no contact")
            self._note(tx, now, bal.id, operator, "contact_dropped", {})

        await self._store.write(unit, "contact")

    async def show(self, address: Address) -> Shown | None:
        """Raises AccountUnknown, KeyDestroyedError."""
        bal = await self._bal(address)
        sealed = await self._store.read(lambda tx: tx.notifications.contact(bal.id))
        return None if sealed is None else Shown(open_contact(self._vault, sealed), sealed.is_on)

    async def test(self, address: Address, operator: str) -> Contact:
        """Tell him at once, as if something had arrived. Raises AccountUnknown, AccountRefused, NotTold."""
        shown = await self.show(address)
        if shown is None:
            raise AccountRefused("This account has no contact: give one first")
        bal, now = await self._bal(address), self._clock.now()
        try:
            await self._notifying.test(shown.contact, secrets.token_hex(16))
        except NotTold as refused:
            raise AccountRefused(f"He was not told: {refused.reason}") from refused
        entry = JournalEntry(now, f"operator:{operator}", "notification_tried", bal.id)
        await self._store.write(lambda tx: tx.journal.record(entry), "contact")
        return shown.contact

    async def waiting(self, limit: int) -> list[tuple[Waiting, Bal]]:
        """What waits to be told, the oldest first."""

        def unit(tx: Transaction) -> list[tuple[Waiting, Bal]]:
            found = [(one, tx.bals.by_id(one.bal)) for one in tx.notifications.waiting(limit)]
            return [(one, bal) for one, bal in found if bal is not None]

        return await self._store.read(unit)

    def due_at(self, waiting: Waiting) -> datetime | None:
        """When it is tried next."""
        return None if waiting.waits_from is None else waiting.waits_from + self._notifying.window

    async def hasten(self, address: Address | None) -> int:
        """One account's, or all that were tried in vain, are due now; how many. Raises AccountUnknown."""
        bal = None if address is None else (await self._bal(address)).id
        before = self._clock.now() - self._notifying.window
        return await self._store.write(lambda tx: tx.notifications.hasten(bal, before), "contact")

    async def _bal(self, address: Address) -> Bal:
        bal = await self._store.read(lambda tx: tx.bals.by_address(address))
        if bal is None:
            raise AccountUnknown(f"No account has the address {address}")
        return bal

    def _check(self, contact: Contact) -> None:
        if contact.kind is ContactKind.MAIL:
            if self._policy.is_ours(parse_address(contact.to).domain_key):
                raise AccountRefused("A personal address lies elsewhere: this one is of a domain served here")
        elif not 0 < len(contact.to) <= _LONGEST_NAME or not contact.to.isprintable():
            raise AccountRefused(f"A webhook knows somebody by 1 to {_LONGEST_NAME} printable characters")

    def _note(
        self, tx: Transaction, now: datetime, bal: BalId, operator: str, event: str, detail: dict[str, str]
    ) -> None:
        tx.journal.record(JournalEntry(now, f"operator:{operator}", event, bal, detail))
