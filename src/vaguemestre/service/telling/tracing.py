"""The story of a message, told to an operator: who sent it when, what became of it. domain.md §3.

Never what it says: a message is looked up by its Message-ID, of which a keyed digest alone is kept, or by
the queue id that its sender was told.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from vaguemestre.mail.fate import SubmissionTrace
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, Transaction

KEPT_FOR: Final = timedelta(days=365)  # domain.md §3: technical traces 6 to 12 months


class Tracing:
    """Reads traces, and forgets those whose time has come."""

    def __init__(self, store: Store, clock: Clock, digest: IdentifierDigest) -> None:
        self._store = store
        self._clock = clock
        self._digest = digest

    async def trace(self, name: str) -> Sequence[SubmissionTrace]:
        """By a Message-ID, with its angle brackets or without, or by a queue id; the latest first."""
        bare = name.strip().removeprefix("<").removesuffix(">")
        (identifier,) = self._digest.of([f"<{bare}>"])

        def unit(tx: Transaction) -> list[SubmissionTrace]:
            queued = tx.submissions.trace(bare)
            return tx.submissions.traces(identifier) if queued is None else [queued]

        return await self._store.read(unit)

    async def forget_once(self, limit: int) -> int:
        """Forget at most ``limit`` submissions that are too old, for the background worker."""
        before = self._clock.now() - KEPT_FOR
        return await self._store.write(
            lambda tx: tx.submissions.forget(before, limit), "forget traces", is_long=True
        )
