"""What a subject alone says: whether it is that of a reply.

RFC 5322 §3.6.5 knows ``Re:``; programs in French, German, Nordic and other languages translate it, and some
count. A forward is no reply.
"""

import re
from typing import Final

_REPLY: Final = re.compile(
    r"\s*(?:\[[^\[\]]{0,40}\]\s*)?"  # a list, or what a hospital's relay puts before
    r"(?:re|r[eé]p|aw|antw|sv|vs|odp)\.?\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*:",
    re.IGNORECASE,
)


def says_reply(subject: str) -> bool:
    """Whether a person's mail program marked it as a reply."""
    return _REPLY.match(subject[:200]) is not None
