"""Whether this process may be given clients now: what a load balancer asks."""

from collections.abc import Callable, Mapping
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.service.ports.trust import Trust


class KeyHolders(Protocol):
    """The part of the vault that tells whether its key store answers."""

    async def holders(self, after: BalId, limit: int) -> list[BalId]:
        """Who has keys. Raises StoreBusyError."""
        ...


class Readiness:
    """``listening``: whether the doors are open; ``trust`` None for a gateway that is alone.

    The vault was opened under its master key before any of this was there: what can go wrong later is the
    store of the keys.
    """

    def __init__(
        self, store: Store, vault: KeyHolders, trust: Trust | None, listening: Callable[[], bool]
    ) -> None:
        self._store = store
        self._vault = vault
        self._trust = trust
        self._listening = listening

    async def look(self) -> Mapping[str, bool]:
        """Part by part."""
        return {
            "database": await self._database(),
            "vault": await self._keys(),
            "doors": self._listening(),
            "trust list": self._trust is None or self._trust.is_current,
        }

    async def _database(self) -> bool:
        try:
            await self._store.read(_any_account)
        except StoreBusyError:
            return False
        return True

    async def _keys(self) -> bool:
        try:
            await self._vault.holders(BalId(0), 1)
        except (StoreBusyError, OSError):
            return False
        return True


def _any_account(tx: Transaction) -> object:
    return tx.bals.by_id(BalId(1))
