"""Base subjects: what is left of a subject without the marks of answers and forwards. RFC 5256 §2.1.

Nothing is cut until the end: two places move towards one another, so the time is that of reading the subject
once, however many ``Re:`` and ``[list]`` stand before it.
"""

import re
from typing import Final, NamedTuple

_BLANKS: Final = re.compile(r"[ \t\r\n]+")
# RFC 5256 §5: subj-blob = "[" *BLOBCHAR "]" *WSP, where a BLOBCHAR is no bracket
_BLOB: Final = re.compile(r"\[[^\[\]]*\] *")
# RFC 5256 §5: subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
_REFWD: Final = re.compile(r"(?:re|fwd?) *(?:\[[^\[\]]*\] *)?: *", re.IGNORECASE | re.ASCII)
_TRAILER: Final = "(fwd)"
_FORWARD: Final = "[fwd:"


class BaseSubject(NamedTuple):
    """``is_reply`` when a mark of an answer or a forward was taken away."""

    text: str
    is_reply: bool


def base_subject(subject: str) -> BaseSubject:
    """The base subject of a decoded subject; empty when nothing but marks is there."""
    text = _BLANKS.sub(" ", subject)
    start, end, is_reply = 0, len(text), False
    while True:
        end, trailed = _without_trailers(text, start, end)
        start, led = _without_leaders(text, start, end)
        is_reply = is_reply or trailed or led
        if end - start < len(_FORWARD) + 1 or text[end - 1] != "]":
            break
        if text[start : start + len(_FORWARD)].lower() != _FORWARD:
            break
        start, end, is_reply = start + len(_FORWARD), end - 1, True
    return BaseSubject(text[start:end], is_reply)


def _without_trailers(text: str, start: int, end: int) -> tuple[int, bool]:
    """RFC 5256 §5: subj-trailer = "(fwd)" / WSP, any number of them."""
    found = False
    while end > start:
        if text[end - 1] == " ":
            end -= 1
        elif text[max(start, end - len(_TRAILER)) : end].lower() == _TRAILER:
            end, found = end - len(_TRAILER), True
        else:
            break
    return end, found


def _without_leaders(text: str, start: int, end: int) -> tuple[int, bool]:
    """RFC 5256 §5: subj-leader = (*subj-blob subj-refwd) / WSP; then blobs, unless nothing were left."""
    found = False
    while True:
        while start < end and text[start] == " ":
            start += 1
        last = at = start
        while blob := _BLOB.match(text, at, end):
            last, at = at, blob.end()
        refwd = _REFWD.match(text, at, end)
        if refwd is None:
            # Blobs to the very end: the last one is the subject.
            return (at if at < end else last), found
        start, found = refwd.end(), True
