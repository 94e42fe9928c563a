"""A citizen blocks a professional, without a reason, and takes it back. domain.md §2.

From any mail client: the keyword ``$Bloque`` put on one of his messages or taken off it, or one moved into
the mailbox «Bloqués» or out of it. Who sent a message is sealed with it, so that it is read before the unit
of work that blocks. Deleting a message unblocks nobody, nor does its expiry.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.mailbox import MessageRow, Uid
from vaguemestre.mime.addresses import mailboxes, parse_addresses
from vaguemestre.mime.card import Card
from vaguemestre.mime.headers import first_field, split_fields
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.ports.block import Block
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

Senders: TypeAlias = Mapping[Uid, Address]
Cards: TypeAlias = AsyncIterator[list[tuple[MessageRow, bytes]]]


class Blocking:
    """The same from the command line."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, citizen: Address) -> list[Block]:
        """By address. Raises AccountUnknown, AccountRefused."""
        return await self._store.read(lambda tx: tx.blocks.of(_citizen(tx, citizen).id))

    async def add(self, citizen: Address, professional: Address, operator: str) -> bool:
        """Whether that changed anything. Raises AccountUnknown, AccountRefused."""
        now = self._clock.now()

        def unit(tx: Transaction) -> bool:
            bal, named = _citizen(tx, citizen), _named(tx, professional)
            if named.domain_key == bal.address.domain_key:
                raise AccountRefused("A citizen never writes to a citizen: there is nobody to block there")
            return _block(tx, bal, named, f"operator:{operator}", now)

        return await self._store.write(unit, "block", is_long=True)

    async def remove(self, citizen: Address, professional: Address, operator: str) -> bool:
        """Whether he was blocked. Raises AccountUnknown, AccountRefused."""
        now = self._clock.now()

        def unit(tx: Transaction) -> bool:
            bal = _citizen(tx, citizen)
            return _unblock(tx, bal, _named(tx, professional), f"operator:{operator}", now)

        return await self._store.write(unit, "unblock")


async def senders_of(bal: Bal, cards: Cards) -> Senders:
    """Who sent each of these messages; those of the citizen's own and of the service are left out."""
    if bal.kind is not BalKind.CITIZEN:
        return {}
    found: dict[Uid, Address] = {}
    async for page in cards:
        for row, card in page:
            sender = _sender(card)
            if sender is not None and sender.domain_key != bal.address.domain_key:
                found[row.uid] = sender
    return found


def block_by_messages(
    tx: Transaction, bal: Bal, uids: Iterable[Uid], senders: Senders, now: datetime
) -> None:
    """Block who sent these messages."""
    for sender in _each(uids, senders):
        _block(tx, bal, _named(tx, sender), f"bal:{bal.id}", now)


def unblock_by_messages(
    tx: Transaction, bal: Bal, uids: Iterable[Uid], senders: Senders, now: datetime
) -> None:
    """Hear them again; their conversations stay closed until they write."""
    for sender in _each(uids, senders):
        _unblock(tx, bal, _named(tx, sender), f"bal:{bal.id}", now)


def _each(uids: Iterable[Uid], senders: Senders) -> Sequence[Address]:
    return list({senders[uid].key: senders[uid] for uid in uids if uid in senders}.values())


def _block(tx: Transaction, bal: Bal, professional: Address, actor: str, now: datetime) -> bool:
    if not tx.blocks.add(bal.id, professional, now):
        return False
    detail = {"professional": str(professional)}
    tx.journal.record(JournalEntry(now, actor, "professional_blocked", bal.id, detail))
    pairs = tx.conversations.pairs(citizen=bal.id, professional=professional, open_only=True)
    close_pairs(tx, pairs, ClosedBy.BLOCKED, actor, now)
    return True


def _unblock(tx: Transaction, bal: Bal, professional: Address, actor: str, now: datetime) -> bool:
    if not tx.blocks.remove(bal.id, professional):
        return False
    detail = {"professional": str(professional)}
    tx.journal.record(JournalEntry(now, actor, "professional_unblocked", bal.id, detail))
    return True


def _named(tx: Transaction, address: Address) -> Address:
    """A bal of ours under its own address, by which pairs and senders are known."""
    bal = tx.bals.by_address(address)
    return bal.address if bal is not None else address


def _citizen(tx: Transaction, address: Address) -> Bal:
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    if bal.kind is not BalKind.CITIZEN:
        raise AccountRefused(f"Only citizens block, and this account is {bal.kind}")
    return bal


def _sender(card: bytes) -> Address | None:
    header = Card(card).header
    value = first_field(split_fields(header), b"from") if header is not None else None
    addresses, _ = mailboxes(parse_addresses(value)) if value is not None else ((), True)
    return addresses[0] if len(addresses) == 1 else None
