"""The time, as the services need it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time. An argument everywhere, so that tests and demonstrations can move it."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...
