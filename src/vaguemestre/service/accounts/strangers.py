"""People at other operators, forgotten when nothing here names them any more. domain.md §3, traces.

Whoever writes to somebody here gets a number, by which messages are traced. When the traces have gone, after
a year, so does he; who has a conversation stays as long as it does, since who may write to whom hangs on it.
"""

import structlog

from vaguemestre.mail.correspondent import CorrespondentId
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store
from vaguemestre.service.telling.tracing import KEPT_FOR

_NOBODY = CorrespondentId(0)

_log = structlog.get_logger()


class Strangers:
    """Walks over them, some at each step, and begins again."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen_up_to = _NOBODY

    async def forget_once(self, limit: int) -> int:
        """Look at ``limit`` of them, for the background worker; fewer when all were seen."""
        before, after = self._clock.now() - KEPT_FOR, self._seen_up_to
        up_to, gone = await self._store.write(
            lambda tx: tx.correspondents.forget(after, before, limit), "forget people elsewhere", is_long=True
        )
        if gone:
            _log.info("people_elsewhere_forgotten", count=gone)
        self._seen_up_to = _NOBODY if up_to is None else up_to
        return 0 if up_to is None else limit
