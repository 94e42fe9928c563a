"""How much each operator may bring in a minute and a day, counted in memory by certificate. domain.md §6.

Accounts are counted each on its own; of another operator's people he alone can know who writes too much, so
it is he who is held back: 451, and his queue keeps what it has. What came before a restart is not counted
again, because operators are few and their queues patient.
"""

from typing import Final

import structlog

from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.arriving.allowances import Counts, Taken, refusal_of
from vaguemestre.service.ports.clock import Clock

_OPERATORS: Final = 2_000  # names counted at once: the trust space has some 320

_log = structlog.get_logger()


class PeerAllowances:
    """Says whether an operator may bring one more message."""

    def __init__(self, clock: Clock, allowed: Allowance) -> None:
        self._clock = clock
        self._allowed = allowed
        self._known: dict[str, Counts] = {}

    def refusal(self, peer: Peer, recipients: int = 1) -> Reply | None:
        """Why one more message to so many is refused for now, if it is; nothing is counted."""
        refused = refusal_of(self._counts(peer), self._allowed, recipients, self._clock.now().timestamp())
        if refused is not None:
            _log.info("relaying_limited", peer=str(peer.subject), limit=refused.text)
        return refused

    def take(self, peer: Peer, recipients: int) -> Taken | Reply:
        """Count one message to so many, or say why it is refused for now."""
        refused = self.refusal(peer, recipients)
        if refused is not None:
            return refused
        now = self._clock.now().timestamp()
        counts = self._counts(peer)
        counts.add(now, 1, recipients)
        return Taken(counts, now, recipients)

    def _counts(self, peer: Peer) -> Counts:
        known = self._known.get(peer.subject.key)
        if known is None:
            while len(self._known) >= _OPERATORS:
                del self._known[next(iter(self._known))]
            known = self._known[peer.subject.key] = Counts()
        return known
