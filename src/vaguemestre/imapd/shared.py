"""What all the connections of one door share: services, limits, TLS, and who is connected."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from vaguemestre.imapd.accounts import Accounts
from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.net.loopback import is_loopback
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.sign_in.authentication import Authentication


@dataclass(slots=True)
class Shared:
    """Made by the door. ``addresses`` counts the connections of each network address, for every listener."""

    authentication: Authentication
    mailboxes: Mailboxes
    clock: Clock
    limits: ImapLimits
    tls_context: ServerContext | None
    require_tls: bool
    addresses: Counter[tuple[int, str]] = field(default_factory=Counter)
    accounts: Accounts = field(default_factory=Accounts)
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, listener: int, peer: str) -> int:
        """A client is there; how many there are of its address on that listener."""
        self.empty.clear()
        self.addresses[listener, peer] += 1
        return self.addresses[listener, peer]

    def leave(self, listener: int, peer: str) -> None:
        """It is gone."""
        self.addresses[listener, peer] -= 1
        if self.addresses[listener, peer] <= 0:
            del self.addresses[listener, peer]
        if not self.addresses:
            self.empty.set()

    async def wait_until_empty(self) -> None:
        """Until no client is left."""
        if self.addresses:
            await self.empty.wait()

    def may_sign_in(self, peer: str, is_tls: bool) -> bool:
        """Whether a password may travel: under TLS, or on loopback where the operator allows it."""
        return is_tls or (not self.require_tls and is_loopback(peer))
