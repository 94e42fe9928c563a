"""A citizen's INS changes and his mailbox stays: the new address becomes an alias of it. domain.md §2.

The address of a bal never changes (domain.md §1), so the new matricule leads to the old bal, where the
conversations go on. He signs in and writes under either.
"""

from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.ins import parse_ins
from vaguemestre.policy.limits import Policy
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown, check_ins
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import Notice, seal_notice

MOST: Final = 10  # a matricule changes a few times in a life: provisional, then certified, corrected


class Aliases:
    """The operator adds and removes them; the holder is told, and the journal holds no INS whole."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, policy: Policy, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._policy = policy
        self._hostname = hostname

    async def of(self, address: Address) -> tuple[Bal, tuple[Address, ...]]:
        """The account that an address leads to, and its aliases. Raises AccountUnknown."""

        def unit(tx: Transaction) -> tuple[Bal, tuple[Address, ...]]:
            bal = _account(tx, address)
            return bal, tx.aliases.of(bal.id)

        return await self._store.read(unit)

    async def add(self, address: Address, alias: Address, operator: str) -> Bal:
        """From now on the alias leads to that account. Raises AccountUnknown, AccountRefused."""
        if alias.domain_key not in self._policy.citizen_domains:
            raise AccountRefused(f"The domain {alias.domain} is not one for CITIZEN accounts")
        check_ins(self._policy, alias)
        bal, _ = await self.of(address)
        now = self._clock.now()
        notice = await seal_notice(
            self._vault, bal.id, bal.address, _another_address(alias), self._hostname, now
        )

        def unit(tx: Transaction) -> Bal:
            bal = _account(tx, address)
            if bal.kind is not BalKind.CITIZEN:
                raise AccountRefused(f"Only a citizen's INS changes, and this account is {bal.kind}")
            if len(tx.aliases.of(bal.id)) >= MOST:
                raise AccountRefused(f"An account has {MOST} aliases at most")
            if not tx.aliases.add(bal.id, alias):
                raise AccountRefused("This address is taken: it leads to a mailbox already")
            detail = {"alias": parse_ins(alias.local).masked}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "alias_added", bal.id, detail))
            notice.file(tx, bal.id, now)
            return bal

        return await self._store.write(unit, "add alias")

    async def remove(self, address: Address, alias: Address, operator: str) -> Bal:
        """It leads nowhere any more. Raises AccountUnknown, AccountRefused."""
        now = self._clock.now()

        def unit(tx: Transaction) -> Bal:
            bal = _account(tx, address)
            if not tx.aliases.remove(bal.id, alias):
                raise AccountRefused("This account has no such alias; its own address never changes")
            detail = {"alias": parse_ins(alias.local).masked}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "alias_removed", bal.id, detail))
            return bal

        return await self._store.write(unit, "remove alias")


def _account(tx: Transaction, address: Address) -> Bal:
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    return bal


def _another_address(alias: Address) -> Notice:
    return Notice(
        subject_fr="Une autre adresse mène à votre boîte aux lettres",
        subject_en="Another address leads to your mailbox",
        text_fr=f"Votre matricule INS a changé : les messages envoyés à {alias} arrivent désormais ici. "
        "Votre ancienne adresse reste valable, et vos conversations continuent.",
        text_en=f"Your INS number has changed: messages sent to {alias} now arrive here. Your former address "
        "stays valid, and your conversations go on.",
    )
