"""What a professional lets citizens write, set and shown from the command line. domain.md §2 (ours)."""

from collections.abc import Sequence
from dataclasses import dataclass

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.service.accounts import AccountRefused, AccountUnknown
from vaguemestre.service.oversight import ConversationUnknown
from vaguemestre.service.ports import Clock
from vaguemestre.service.solicitation_port import Counted
from vaguemestre.service.soliciting_acts import set_budget, set_override
from vaguemestre.service.store_port import Store, Transaction


@dataclass(frozen=True, slots=True)
class Wishes:
    """What he set, for all his conversations and for some."""

    budget: int | None
    overrides: Sequence[Counted]


class Solicitations:
    """The same as by mail (``service.mail_commands``)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, professional: Address) -> Wishes:
        """Raises AccountUnknown, AccountRefused."""

        def unit(tx: Transaction) -> Wishes:
            bal = _professional(tx, professional)
            return Wishes(tx.solicitations.budget(bal.id), tx.solicitations.overrides(bal.address))

        return await self._store.read(unit)

    async def set_budget(self, professional: Address, budget: int | None, operator: str) -> None:
        """None: no more. Raises AccountUnknown, AccountRefused."""
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            set_budget(tx, _professional(tx, professional), budget, f"operator:{operator}", now)

        await self._store.write(unit, "solicitation")

    async def set_override(
        self, professional: Address, conversation: ConversationId, budget: int | None, operator: str
    ) -> None:
        """In one conversation of his; NO_BUDGET, none there; None, the usual one.

        Raises AccountUnknown, AccountRefused, ConversationUnknown.
        """
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            bal = _professional(tx, professional)
            if tx.conversations.pair(conversation, bal.address) is None:
                raise ConversationUnknown(f"There is no conversation {conversation} with {bal.address}")
            set_override(tx, bal, conversation, budget, f"operator:{operator}", now)

        await self._store.write(unit, "solicitation")


def _professional(tx: Transaction, address: Address) -> Bal:
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    if not bal.kind.is_professional:
        raise AccountRefused("Only professionals are written to by citizens, and this account is a citizen's")
    return bal
