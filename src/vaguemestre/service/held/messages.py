"""The operator's hand on messages that wait: listed, shown, cancelled, released. RFC 4865; domain.md §3.

Never what they say. Whoever's message is cancelled is told, in the transaction that cancels it.
"""

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.held import Held
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.arriving.delivery import HolderChanged
from vaguemestre.service.held.cancelling import cancel
from vaguemestre.service.held.releases import Releases
from vaguemestre.service.held.releasing import Released, TakenAlready
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.notices import seal_notice, sending_cancelled


class HeldUnknown(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """No message of that queue id waits."""


class HeldMessages:
    """``hostname`` names this server in what senders are told."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, releases: Releases, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._releases = releases
        self._hostname = hostname

    async def waiting(self, address: Address | None = None) -> list[tuple[Held, Bal]]:
        """All, or those of one account, with their senders; by their hour. Raises AccountUnknown."""

        def unit(tx: Transaction) -> list[tuple[Held, Bal]]:
            sender = tx.bals.by_address(address) if address is not None else None
            if address is not None and sender is None:
                raise AccountUnknown(f"No account has the address {address}")
            found = tx.held.waiting(sender.id if sender is not None else None)
            senders = {one.sender: tx.bals.by_id(one.sender) for one in found}
            return [(one, bal) for one in found if (bal := senders[one.sender]) is not None]

        return await self._store.read(unit)

    async def show(self, queue_id: str) -> tuple[Held, Bal]:
        """One of them, and its sender. Raises HeldUnknown."""

        def unit(tx: Transaction) -> tuple[Held, Bal] | None:
            held = tx.held.by_queue_id(queue_id)
            sender = tx.bals.by_id(held.sender) if held is not None else None
            return (held, sender) if held is not None and sender is not None else None

        found = await self._store.read(unit)
        if found is None:
            raise HeldUnknown(f"No message waits as {queue_id}: it was released, or cancelled, or never held")
        return found

    async def cancel(self, queue_id: str, operator: str) -> Held:
        """Nobody gets it; it lies among its sender's drafts, and he is told. Raises HeldUnknown."""
        held, sender = await self.show(queue_id)
        now = self._clock.now()
        told = sending_cancelled(queue_id, held.release_at, operator)
        notice = await seal_notice(self._vault, sender.id, sender.address, told, self._hostname, now)

        def unit(tx: Transaction) -> bool:
            if not cancel(tx, held, f"operator:{operator}", now):
                return False
            notice.file(tx, sender.id, now)
            return True

        if not await filed_once(self._store, self._vault, notice.body, unit, "cancel held"):
            await self.show(queue_id)  # says that it is gone
        return held

    async def release(self, queue_id: str, operator: str) -> Released:
        """At once, judged as at its hour. Raises HeldUnknown."""
        held, _ = await self.show(queue_id)
        actor = f"operator:{operator}"
        try:
            try:
                return await self._releases.release(held, actor)
            except HolderChanged:
                return await self._releases.release(held, actor)  # for the holder of this moment
        except TakenAlready:
            raise HeldUnknown(f"No message waits as {queue_id}: it has just been released") from None
