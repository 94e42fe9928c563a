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
        if _has_lines_of_one_length(octets):
            return
        pairs = octets.count(b"\r\n")
        ends = octets.count(b"\n") + octets.count(b"\r") - after_cr - self._after_cr
        if ends != 2 * pairs:
            self._has_bare = True


def _has_lines_of_one_length(octets: bytes) -> bool:
    """Whether it plainly is base64: each line end a CRLF, all as far apart. False: who knows.

    An octet in so many is taken away, CR and then LF, and none may be left: 10 µs for 64 KiB where counting
    them takes 60. A CR at the end, whose LF has not come yet, is one of those.
    """
    first = octets.find(b"\n")
    length = octets.find(b"\n", first + 1) - first
    if first < 1 or length < 2:
        return False
    feeds, returns = octets[first::length], octets[first - 1 :: length]
    if feeds.strip(b"\n") or returns.strip(b"\r"):
        return False
    rest = bytearray(octets)
    del rest[first::length]
    del rest[first - 1 :: length - 1]
    return b"\n" not in rest and b"\r" not in rest
