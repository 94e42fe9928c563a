"""Matching mailbox names against the patterns of LIST. RFC 9051 §6.3.9.

``*`` is anything, ``%`` anything but the delimiter. Matching walks name and pattern together, keeping every
place in the pattern that can be reached: a thousand stars cost a thousand steps a character, never more.
"""

from vaguemestre.mail.mailbox import DELIMITER, INBOX


def matches(pattern: str, name: str) -> bool:
    """Whether the name matches; INBOX in any case."""
    if name == INBOX and pattern.isascii():
        return _matches(pattern.upper(), name)
    return _matches(pattern, name)


def _matches(pattern: str, name: str) -> bool:
    places = _with_empty(pattern, {0})
    for character in name:
        reached = set()
        for place in places:
            if place == len(pattern):
                continue
            wanted = pattern[place]
            if wanted == "*" or (wanted == "%" and character != DELIMITER):
                reached.add(place)
            elif wanted == character:
                reached.add(place + 1)
        if not reached:
            return False
        places = _with_empty(pattern, reached)
    return len(pattern) in places


def _with_empty(pattern: str, places: set[int]) -> set[int]:
    """The places, and those reached from them by wildcards that stand for nothing."""
    found = set()
    for start in places:
        place = start
        while place not in found:
            found.add(place)
            if place < len(pattern) and pattern[place] in "*%":
                place += 1
    return found
