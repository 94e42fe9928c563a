"""Matching mailbox names against the patterns of LIST. RFC 9051 §6.3.9.

``*`` is anything, ``%`` anything but the delimiter. All the places in the pattern that can be reached are the
bits of one number, moved on together at each character of the name: a pattern of a thousand stars costs what
one of a thousand letters does, and a name some microseconds.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from vaguemestre.mail.mailbox import DELIMITER, INBOX

_WILDCARDS: Final = re.compile(r"[*%]{2,}")


class _Places(NamedTuple):
    """A pattern as bits, the n-th for its n-th character; ``after`` is the bit past the last one."""

    letters: dict[str, int]
    stars: int
    percents: int
    after: int


def matches(pattern: str, name: str) -> bool:
    """Whether the name matches; INBOX in any case."""
    if name == INBOX and pattern.isascii():
        return _matches(_places(pattern.upper()), name)
    return _matches(_places(pattern), name)


@lru_cache(maxsize=64)  # one pattern is asked of every mailbox of an account
def _places(pattern: str) -> _Places:
    letters: dict[str, int] = {}
    # Wildcards side by side are the widest of them: then no two places in a row may stand for nothing.
    single = _WILDCARDS.sub(lambda run: "*" if "*" in run[0] else "%", pattern)
    for place, character in enumerate(single):
        letters[character] = letters.get(character, 0) | 1 << place
    return _Places(letters, letters.pop("*", 0), letters.pop("%", 0), 1 << len(single))


def _matches(places: _Places, name: str) -> bool:
    wild = places.stars | places.percents
    reached = 1 | (1 & wild) << 1  # a wildcard may stand for nothing
    for character in name:
        stay = reached & (places.stars if character == DELIMITER else wild)
        reached = stay | (reached & places.letters.get(character, 0)) << 1
        reached |= (reached & wild) << 1
        if not reached:
            return False
    return bool(reached & places.after)
