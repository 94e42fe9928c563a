"""By when a message is to be delivered, and what becomes of it when it is not. RFC 2852 §4.

To *deliver* is to store it in the recipient's mailbox (RFC 2852 §1): for one of ours that is done before 250
is said, so that the time matters to mail for other operators, and to mail that waits for its hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Lateness(StrEnum):
    """What is done when the time has passed."""

    RETURN = "R"  # it is withdrawn, and its sender is told
    NOTIFY = "N"  # its sender is told, and it is tried further


class By(NamedTuple):
    """As the BY parameter says it: seconds from now, negative when the time has passed already.

    ``is_traced``: the sender is told of each operator that it is handed to.
    """

    seconds: int
    mode: Lateness
    is_traced: bool = False

    def __str__(self) -> str:
        """The value of the parameter."""
        return f"{self.seconds};{self.mode.value}{'T' if self.is_traced else ''}"

    def after(self, now: datetime) -> "DeliverBy":
        """The same as a moment."""
        return DeliverBy(now + timedelta(seconds=self.seconds), self.mode, self.is_traced)


@dataclass(frozen=True, slots=True)
class DeliverBy:
    """``at`` is the moment by which it is delivered."""

    at: datetime
    mode: Lateness
    is_traced: bool = False

    @property
    def withdraws(self) -> bool:
        """Whether it is not to be delivered any more when the time has passed."""
        return self.mode is Lateness.RETURN

    def left(self, now: datetime) -> By:
        """What is said to the next operator: whole seconds, rounded towards the sooner."""
        return By((self.at - now) // timedelta(seconds=1), self.mode, self.is_traced)

    def is_over(self, now: datetime) -> bool:
        """Whether the time has passed."""
        return self.at <= now
