"""Reads a message as it arrives: feed the pieces, finish, have its facts and its card. One pass, no copy.

Pieces are gathered up to 64 KiB before they are looked at, so that a short message is looked at once, and
a long one in large strides. How the octets are cut never matters. Nothing raises, and memory is bounded,
whatever the octets: what cannot be understood is opaque (``mime.scan``).
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.message import MessageFacts
from vaguemestre.mime.addresses import Room
from vaguemestre.mime.attachments import Place, attached_to, place_of
from vaguemestre.mime.card import make_card
from vaguemestre.mime.facts import message_facts
from vaguemestre.mime.scan import Scanner
from vaguemestre.mime.structure import address_fields

GATHER: Final = 65_536
_SHORT: Final = 4_096  # octets up to which counting is as quick


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """What is known of a message once read: facts for the rules, a card for FETCH and SEARCH.

    ``places`` tells where the attachments of the facts lie, in their order.
    """

    facts: MessageFacts
    card: bytes
    places: tuple[Place, ...] = ()


class MessageReader:
    """One message. ``gather``: octets to wait for before looking; tests make it small."""

    __slots__ = ("_after_cr", "_gather", "_has_bare", "_has_nul", "_pieces", "_scanner", "_size", "_waiting")

    def __init__(self, gather: int = GATHER) -> None:
        self._gather = gather
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._size = 0
        self._scanner = Scanner()
        self._has_bare = False
        self._has_nul = False
        self._after_cr = False

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the message, any number."""
        self._pieces.append(octets)
        self._waiting += len(octets)
        if self._waiting >= self._gather:
            self._look()

    def finish(self) -> ReadMessage:
        """The message is whole: what it is. Call once."""
        if self._pieces:
            self._look()
        scanner = self._scanner
        scanner.finish()
        root = scanner.root
        room = Room()
        addresses = address_fields(root.fields or {}, room)
        has_bare = self._has_bare or self._after_cr
        facts = message_facts(root, addresses, self._size, has_bare, self._has_nul)
        places = tuple(map(place_of, attached_to(root))) if facts.attachments else ()
        return ReadMessage(facts, make_card(root, scanner.samples, addresses, room), places)

    def _look(self) -> None:
        octets = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        if not octets:
            return
        self._size += len(octets)
        if not self._has_nul and b"\0" in octets:
            self._has_nul = True
        if not self._has_bare:
            self._look_for_bare_line_ends(octets)
        self._scanner.feed(octets)

    def _look_for_bare_line_ends(self, octets: bytes) -> None:
        """RFC 5321 §2.3.8: CR and LF come together or not at all. A CR at the end is judged later."""
        if self._after_cr and octets[0] != 10:
            self._has_bare = True
        after_cr, self._after_cr = self._after_cr, octets[-1] == 13
        if len(octets) > _SHORT:
            octets = _without_regular_lines(octets)
        pairs = octets.count(b"\r\n")
        ends = octets.count(b"\n") + octets.count(b"\r") - after_cr - self._after_cr
        if ends != 2 * pairs:
            self._has_bare = True


def _without_regular_lines(octets: bytes) -> bytes:
    """What is left once whole lines of one length, around the middle, are seen to end in CRLF and taken away.

    They are base64's. Their ends are taken out in two strokes, and no CR or LF may be left between: 10 µs for
    64 KiB where counting takes 100. Where anything else is found, nothing is taken away.
    """
    middle = octets.find(b"\n", len(octets) // 2)
    length = octets.find(b"\n", middle + 1) - middle
    if middle < 1 or length <= len(b"\r\n"):
        return octets
    before, after = octets[middle::-length], octets[middle::length]
    start = middle - (len(before) - len(before.lstrip(b"\n")) - 1) * length + 1
    end = middle + (len(after) - len(after.lstrip(b"\n")) - 1) * length + 1
    lines = bytearray(octets[start:end])
    returns = lines[length - 2 :: length]
    del lines[length - 1 :: length]
    del lines[length - 2 :: length - 1]
    if returns.strip(b"\r") or b"\r" in lines or b"\n" in lines:
        return octets
    return octets[:start] + octets[end:]  # the first ends in LF: no CRLF is made by putting them together
