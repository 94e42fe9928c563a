"""By when a message is to be delivered: DELIVERBY in EHLO (RFC 2852 §2), BY beside MAIL (RFC 2852 §4)."""

import re
from typing import Final

from vaguemestre.mail.deliver_by import By, Lateness
from vaguemestre.mail.reply import Reply

SOONEST: Final = 60
"""Seconds: what is withdrawn when its time has passed is looked for once a minute. RFC 2852 §2, min-by-time.

It binds mode R alone: who only wishes to be told may ask for any time.
"""

TOO_SOON: Final = Reply(
    555,
    5,
    4,
    f"BY with R is {SOONEST} seconds at least here: sooner is not promised",
    f"BY avec R laisse {SOONEST} secondes au moins : rien n'est promis plus tôt",
)
HELD_PAST_ITS_TIME: Final = Reply(
    501,
    5,
    4,
    "This message would be held past the time it is to be delivered by",
    "Ce message attendrait au-delà du moment où il doit être remis",
)

# RFC 2852 §4: by-value = by-time ";" by-mode [by-trace]; by-time = ["-" / "+"] 1*9DIGIT
_VALUE: Final = re.compile(r"([-+]?[0-9]{1,9});([RrNn])([Tt])?", re.ASCII)
# RFC 2852 §2: deliverby-param = min-by-time *( "," extension-token )
_SOONEST_SAID: Final = re.compile(r"([0-9]{1,9})(?:,|$)", re.ASCII)


def parse_by(value: str) -> By | None:
    """None for what is malformed, or asks that a message be withdrawn at once."""
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    by = By(int(match[1]), Lateness(match[2].upper()), match[3] is not None)
    return None if by.mode is Lateness.RETURN and by.seconds <= 0 else by


def soonest_of(said: str) -> int:
    """What a server says beside DELIVERBY, in seconds; 0 when it does not say."""
    match = _SOONEST_SAID.match(said)
    return 0 if match is None else int(match[1])
