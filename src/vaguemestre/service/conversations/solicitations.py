"""What a professional lets citizens write, set and shown from the command line. domain.md §2 (ours)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.mail_commands import WishError, read_answer
from vaguemestre.policy.open_hours import OpenHours
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.conversations.oversight import ConversationUnknown
from vaguemestre.service.conversations.soliciting_acts import set_answer, set_budget, set_hours, set_override
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.solicitation import Counted, Wish
from vaguemestre.service.ports.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class Wishes:
    """What he set, for all his conversations and for some."""

    usual: Wish
    overrides: Sequence[Counted]


class Solicitations:
    """The same as by mail (``service.arriving.mail_commands``)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, professional: Address) -> Wishes:
        """Raises AccountUnknown, AccountRefused."""

        def unit(tx: Transaction) -> Wishes:
            bal = _professional(tx, professional)
            return Wishes(tx.solicitations.wish(bal.id), tx.solicitations.overrides(bal.address))

        return await self._store.read(unit)

    async def set_budget(self, professional: Address, budget: int | None, operator: str) -> None:
        """None: no more. Raises AccountUnknown, AccountRefused."""
        await self._set(professional, operator, lambda tx, bal, by, now: set_budget(tx, bal, budget, by, now))

    async def set_hours(self, professional: Address, hours: OpenHours | None, operator: str) -> None:
        """None: no automatic answer. Raises AccountUnknown, AccountRefused."""
        await self._set(professional, operator, lambda tx, bal, by, now: set_hours(tx, bal, hours, by, now))

    async def set_answer(self, professional: Address, answer: str | None, operator: str) -> None:
        """What he adds to it, in one line. Raises AccountUnknown, AccountRefused."""
        try:
            added = None if answer is None else read_answer(answer)
        except WishError as error:
            raise AccountRefused(f"What is added to the automatic answer is {error}") from error
        await self._set(professional, operator, lambda tx, bal, by, now: set_answer(tx, bal, added, by, now))

    async def _set(
        self, professional: Address, operator: str, act: Callable[[Transaction, Bal, str, datetime], None]
    ) -> None:
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            act(tx, _professional(tx, professional), f"operator:{operator}", now)

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
