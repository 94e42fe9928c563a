"""Under which addresses an account may write: its own, and a citizen's aliases. domain.md §2.

Nearly every message names the account's own address alone: nothing is read then.
"""

from collections.abc import Iterable

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.message import MessageFacts
from vaguemestre.service.ports.store import Store, Transaction

NONE: frozenset[str] = frozenset()


async def further_addresses(
    store: Store, sender: Bal, reverse_path: ReversePath, facts: MessageFacts | None = None
) -> frozenset[str]:
    """The keys of the sender's aliases, read only when a message names another address than his own."""
    if sender.kind is not BalKind.CITIZEN:
        return NONE
    if all(address.key == sender.address.key for address in _named(reverse_path, facts)):
        return NONE
    aliases = await store.read(lambda tx: tx.aliases.of(sender.id))
    return frozenset(alias.key for alias in aliases)


def _named(reverse_path: ReversePath, facts: MessageFacts | None) -> Iterable[Address]:
    if reverse_path is not None:
        yield reverse_path
    if facts is not None:
        yield from (*facts.from_, *facts.sender, *facts.reply_to)


def further_addresses_in(tx: Transaction, sender: Bal) -> frozenset[str]:
    """The same inside a unit of work, where nothing is spared: messages that wait are few."""
    if sender.kind is not BalKind.CITIZEN:
        return NONE
    return frozenset(alias.key for alias in tx.aliases.of(sender.id))
