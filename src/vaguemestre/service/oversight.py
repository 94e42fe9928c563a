"""The operator's hand on conversations: listed, closed and opened from the command line. domain.md §2."""

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.service.accounts import AccountUnknown
from vaguemestre.service.conversations import close_pairs, open_pairs
from vaguemestre.service.ports import Clock
from vaguemestre.service.store_port import Store, Transaction


class ConversationUnknown(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """No such conversation, or that professional is not in it."""


class Oversight:
    """Conversations as the operator sees them: who with whom, open or closed, never what was said."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def pairs(self, address: Address | None = None, open_only: bool = False) -> list[tuple[Pair, Bal]]:
        """Pairs with their citizen, of one account or of all. Raises AccountUnknown."""

        def unit(tx: Transaction) -> list[tuple[Pair, Bal]]:
            citizen, professional = None, None
            if address is not None:
                bal = tx.bals.by_address(address)
                if bal is None:
                    raise AccountUnknown(f"No account has the address {address}")
                if bal.kind is BalKind.CITIZEN:
                    citizen = bal.id
                else:
                    professional = bal.address
            found = tx.conversations.pairs(citizen=citizen, professional=professional, open_only=open_only)
            return _with_citizens(tx, found)

        return await self._store.read(unit)

    async def show(self, conversation: ConversationId) -> list[tuple[Pair, Bal]]:
        """The pairs of one conversation. Raises ConversationUnknown."""

        def unit(tx: Transaction) -> list[tuple[Pair, Bal]]:
            return _with_citizens(tx, tx.conversations.pairs(conversation=conversation))

        pairs = await self._store.read(unit)
        if not pairs:
            raise ConversationUnknown(f"There is no conversation {conversation}")
        return pairs

    async def close(
        self, conversation: ConversationId, operator: str, professional: Address | None = None
    ) -> list[Pair]:
        """Close it for one professional or for all; which pairs were open. The citizen is told.

        Raises ConversationUnknown.
        """
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Pair]:
            pairs = _chosen(tx, conversation, professional)
            return close_pairs(tx, pairs, ClosedBy.OPERATOR, f"operator:{operator}", now)

        return await self._store.write(unit, "close conversation", is_long=True)

    async def open(
        self, conversation: ConversationId, operator: str, professional: Address | None = None
    ) -> list[Pair]:
        """Open it again for one professional or for all; which pairs were closed. Raises as ``close``."""
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Pair]:
            pairs = _chosen(tx, conversation, professional)
            wanted = [pair.professional for pair in pairs]
            opened = open_pairs(tx, conversation, pairs[0].citizen, wanted, f"operator:{operator}", now)
            return [pair for pair in pairs if pair.professional in opened]

        return await self._store.write(unit, "open conversation", is_long=True)


def _chosen(tx: Transaction, conversation: ConversationId, professional: Address | None) -> list[Pair]:
    pairs = tx.conversations.pairs(conversation=conversation, professional=professional)
    if not pairs:
        who = f" with {professional}" if professional is not None else ""
        raise ConversationUnknown(f"There is no conversation {conversation}{who}")
    return pairs


def _with_citizens(tx: Transaction, pairs: list[Pair]) -> list[tuple[Pair, Bal]]:
    citizens = {pair.citizen: tx.bals.by_id(pair.citizen) for pair in pairs}
    return [(pair, bal) for pair in pairs if (bal := citizens[pair.citizen]) is not None]
