"""All conversations, or some, leafed through by an administrator: who may answer whom, never what was said.

A page is found a little at a time, so that mail goes on meanwhile; where little of much is meant, who looks
is told that there may be more, and goes on from there. domain.md §2.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.arriving.parties import address_of
from vaguemestre.service.ports.conversation_pages import Leafed, PairPlace
from vaguemestre.service.ports.store import Store, Transaction

PAGE: Final = 50
_A_LOOK: Final = 500  # rows of one table, side by side: a millisecond or two
_LOOKS: Final = 20
_MESSAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Wished:
    """``account``: a citizen or a professional; ``domain`` of professionals; begun between two moments."""

    account: Address | None = None
    domain: str = ""
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Pairs with their citizens, the latest conversation first; ``next``: there may be others."""

    pairs: tuple[tuple[Pair, Address], ...]
    next: PairPlace | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of a conversation: when it was filed, and for whom; whether each has seen it."""

    at: datetime
    seen: tuple[tuple[Address, bool], ...]


class ConversationLeafing:
    """For the console."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, wished: Wished, after: PairPlace | None = None) -> ConversationPage:
        """Some of them. Raises AccountUnknown, StoreBusyError."""
        asked = await self._store.read(lambda tx: _asked(tx, wished))
        pairs: list[Pair] = []
        place = after
        for _ in range(_LOOKS):
            look = await self._store.read(
                lambda tx: tx.conversation_pages.leaf(asked, place, PAGE - len(pairs), _A_LOOK)  # noqa: B023 (awaited here)
            )
            pairs += look.pairs
            place = look.next
            if place is None or len(pairs) >= PAGE:
                break
            await asyncio.sleep(0)
        return ConversationPage(tuple(await self._store.read(lambda tx: _with_citizens(tx, pairs))), place)

    async def exchanges(self, conversation: ConversationId) -> list[Exchange]:
        """Its messages that are still there, as each side has them, the oldest first."""

        def unit(tx: Transaction) -> list[Exchange]:
            told: dict[datetime, dict[Address, bool]] = {}
            holders: dict[int, Bal | None] = {}
            for filed in tx.conversation_pages.filed_in(conversation, _MESSAGES):
                if filed.bal not in holders:
                    holders[filed.bal] = tx.bals.by_id(filed.bal)
                holder = holders[filed.bal]
                if holder is not None:  # copies of one's own count once: seen when any is
                    seen = told.setdefault(filed.at, {})
                    seen[holder.address] = filed.is_seen or seen.get(holder.address, False)
            return [Exchange(at, tuple(seen.items())) for at, seen in sorted(told.items())]

        return await self._store.read(unit)


def _asked(tx: Transaction, wished: Wished) -> Leafed:
    citizen, professional = None, None
    if wished.account is not None:
        bal = tx.bals.by_address(wished.account)
        known = None if bal is not None else tx.correspondents.known(wished.account)
        if bal is not None and bal.kind is BalKind.CITIZEN:
            citizen = bal.id
        elif bal is not None:
            professional = bal.address.key
        elif known is not None:
            professional = wished.account.key
        else:
            raise AccountUnknown(f"No account has the address {wished.account}")
    return Leafed(citizen, professional, wished.domain.lower(), wished.is_open, wished.since, wished.until)


def _with_citizens(tx: Transaction, pairs: Sequence[Pair]) -> list[tuple[Pair, Address]]:
    known = {pair.citizen: address_of(tx, pair.citizen) for pair in pairs}
    return [(pair, address) for pair in pairs if (address := known[pair.citizen]) is not None]
