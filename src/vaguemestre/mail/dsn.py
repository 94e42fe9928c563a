"""What a sender wishes to be told of a delivery. RFC 3461 §4: NOTIFY, ORCPT, RET, ENVID."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Notify(StrEnum):
    """When a delivery status notification is wanted. RFC 3461 §4.1."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class Wish:
    """Of one recipient. ``notify`` is empty when nothing was said of it, and not as if FAILURE had been.

    ``original`` is ORCPT decoded, a type before a semicolon; may be empty.
    """

    notify: frozenset[Notify] = frozenset()
    original: str = ""

    def wants(self, told: Notify) -> bool:
        """Whether to tell. RFC 3461 §4.1: whoever says nothing is told of failures, and may be of delays."""
        if not self.notify:
            return told in {Notify.FAILURE, Notify.DELAY}
        return told in self.notify


class Returned(StrEnum):
    """How much of the message comes back with a notification of failure. RFC 3461 §4.3."""

    FULL = "FULL"
    HEADERS = "HDRS"


NO_WISH: Final = Wish()
"""A client that says nothing."""
