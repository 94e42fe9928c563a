"""Warrants, as the services see them in the database: who may read the contents of a bal, for a while.

domain.md §2, §3 (access). Asked with a reason; granted at once, or by a second administrator, where the
settings want one. What is over is over by the clock: nothing has to happen for a warrant to end.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.administrator import AdministratorId

WarrantId = NewType("WarrantId", int)


class WarrantState(StrEnum):
    """Where it stands. EXPIRED is told by the clock and never written."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Warrant:
    """One of them. ``until``: when it ends, or while it is ASKED, until when somebody may decide.

    ``decider`` is the second administrator, None where none was wanted; ``ender`` who revoked it.
    """

    id: WarrantId
    bal: BalId
    asker: AdministratorId
    reason: str
    asked_at: datetime
    written: WarrantState
    until: datetime
    decider: AdministratorId | None = None
    decided_at: datetime | None = None
    ender: AdministratorId | None = None
    ended_at: datetime | None = None

    def state_at(self, now: datetime) -> WarrantState:
        """Where it stands at that moment."""
        is_running = self.written in {WarrantState.ASKED, WarrantState.GRANTED}
        return WarrantState.EXPIRED if is_running and now >= self.until else self.written


class Warrants(Protocol):
    """All of them: a few for each administrator."""

    def ask(
        self, bal: BalId, asker: AdministratorId, reason: str, now: datetime, until: datetime
    ) -> WarrantId:
        """``until``: the last moment to decide."""
        ...

    def by_id(self, warrant: WarrantId) -> Warrant | None: ...  # noqa: D102

    def latest(self, limit: int) -> list[Warrant]:
        """The latest asked first."""
        ...

    def running(self, bal: BalId, asker: AdministratorId, now: datetime) -> Warrant | None:
        """What he has for that bal, asked or granted, and not over."""
        ...

    def grant(
        self, warrant: WarrantId, decider: AdministratorId | None, now: datetime, until: datetime
    ) -> bool:
        """False unless it is asked, still in time, and by somebody else than ``decider``."""
        ...

    def refuse(self, warrant: WarrantId, decider: AdministratorId, now: datetime) -> bool:
        """As ``grant``."""
        ...

    def revoke(self, warrant: WarrantId, ender: AdministratorId, now: datetime) -> bool:
        """False unless it is asked or granted, and not over."""
        ...

    def forget(self, before: datetime) -> None:
        """Those asked before: the journal has kept what they were."""
        ...
