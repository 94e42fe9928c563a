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
    """Of one recipient. ``original`` is ORCPT decoded, a type before a semicolon; may be empty."""

    notify: frozenset[Notify] = frozenset({Notify.FAILURE})
    original: str = ""


class Returned(StrEnum):
    """How much of the message comes back with a notification of failure. RFC 3461 §4.3."""

    FULL = "FULL"
    HEADERS = "HDRS"


NO_WISH: Final = Wish()
"""What RFC 3461 §4.1 has for a client that says nothing: told of failures."""
