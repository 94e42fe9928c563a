"""Which mailbox somebody means: by address, name, number or matricule INS. domain.md §1, §2.

Professionals, services and practices are found by the beginnings of words; a citizen by his whole matricule
or address and by nothing less, so that nobody leafs through citizens; a program by its address.
"""

from typing import Final, NamedTuple

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.folding import words_of
from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.policy.limits import Policy
from vaguemestre.service.ports.store import Store, Transaction

AT_ONCE: Final = 50
_MOST_WORDS: Final = 6
NOBODY: Final = BalId(0)


class Found(NamedTuple):
    """Some mailboxes by number; ``more``: there are others after the last."""

    bals: tuple[Bal, ...]
    more: bool


class MailboxFinding:
    """Looks mailboxes up for an administrator."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._domains = sorted(policy.citizen_domains)

    async def find(self, typed: str, after: BalId = NOBODY) -> Found:
        """Those that are meant, the first ones after a number."""
        exact = self._addresses(typed.strip())
        words = [] if exact else list(words_of(typed))[:_MOST_WORDS]

        def unit(tx: Transaction) -> list[Bal]:
            if exact:
                known = (tx.bals.by_address(address) for address in exact)
                return [bal for bal in known if bal is not None and bal.id > after]
            return tx.published.found(words, after, AT_ONCE + 1)

        found = await self._store.read(unit)
        return Found(tuple(found[:AT_ONCE]), len(found) > AT_ONCE)

    async def bal(self, number: BalId) -> Bal | None:
        """The one of that number."""
        return await self._store.read(lambda tx: tx.bals.by_id(number))

    def _addresses(self, typed: str) -> list[Address]:
        if "@" in typed:
            try:
                return [parse_address(typed.strip("<>"))]
            except AddressSyntaxError:
                return []
        try:
            ins = parse_ins("".join(typed.split()))
        except InsSyntaxError:
            return []
        return [Address(ins.text, domain) for domain in self._domains]
