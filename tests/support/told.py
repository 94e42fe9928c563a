"""Ways by which holders are told, that keep what they were given: for tests of the service alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vaguemestre.service.ports.notification import NotTold, Session, Telling


class Recorder:
    """Takes everything, or answers with the refusals it was given, one a telling."""

    def __init__(self, *refusals: NotTold | None) -> None:
        self.told: list[Telling] = []
        self.sessions = 0
        self.refusals = list(refusals)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Counted."""
        self.sessions += 1
        yield self

    async def tell(self, telling: Telling) -> None:
        """Raises the next refusal."""
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        self.told.append(telling)
