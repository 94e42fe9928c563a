"""Conversations in which nothing was written for a set time are closed by themselves. domain.md §2.

The open ones are walked by number, some at a time, and the walk begins again when all were seen: a pass costs
one look at each open pair, and the pairs closed long ago cost nothing. Opened again by hand, a
conversation has its whole time before it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.conversation import OpenSide
from vaguemestre.service.ports.store import Store, Transaction

_log = structlog.get_logger()


class Inactivity:
    """``after``: how long nothing was written; None closes nothing."""

    def __init__(self, store: Store, clock: Clock, after: timedelta | None) -> None:
        self._store = store
        self._clock = clock
        self._after = after
        self._seen_up_to = ConversationId(0)

    async def run_once(self, limit: int) -> int:
        """Look at ``limit`` open pairs at most and close the quiet ones; how many were looked at."""
        if self._after is None:
            return 0
        now = self._clock.now()
        before = now - self._after
        sides = await self._store.read(lambda tx: tx.conversations.open_sides(self._seen_up_to, limit))
        whole = _whole(sides, limit)
        quiet = list(dict.fromkeys(s.pair.conversation for s in whole if s.quiet_since <= before))
        if quiet:
            closed = await self._store.write(
                lambda tx: _close_quiet(tx, quiet, before, now), "close quiet conversations", is_long=True
            )
            _log.info("quiet_conversations_closed", pairs=len(closed))
        # All were seen: the next pass begins again.
        self._seen_up_to = whole[-1].pair.conversation if len(sides) == limit else ConversationId(0)
        return len(sides)


def _whole(sides: Sequence[OpenSide], limit: int) -> Sequence[OpenSide]:
    """Without the last conversation when it may have been cut in two, unless it is the only one."""
    if len(sides) < limit:
        return sides
    last = sides[-1].pair.conversation
    return [side for side in sides if side.pair.conversation != last] or sides


def _close_quiet(
    tx: Transaction, conversations: Sequence[ConversationId], before: datetime, now: datetime
) -> list[Pair]:
    """Judged again where it is true: somebody may have written meanwhile."""
    closed: list[Pair] = []
    for number in conversations:
        pairs = tx.conversations.pairs(conversation=number, open_only=True)  # locks the citizen, if need be
        conversation = tx.conversations.by_id(number)
        if conversation is not None and conversation.last_message_at <= before:
            quiet = [pair for pair in pairs if pair.opened_at <= before]
            closed += close_pairs(tx, quiet, ClosedBy.INACTIVITY, "rule:CONV-7", now)
    return closed
