"""The one pass over a message's octets: from pieces, cut anywhere, to a tree of entities with offsets.

RFC 2046 §5.1.1 for multiparts, RFC 2046 §5.2.1 for messages inside messages. Bodies are searched for
boundary lines and counted, never split into lines: a megabyte costs a millisecond or two. What is not
decided yet stays in ``_pending`` and waits for the next piece; of a body that is less than ``_HOLD``
octets, of a header all of it, so that memory is bounded whatever arrives.

Beyond the limits nothing fails: what is too deep, too many or too long becomes one opaque leaf.
A header runs to the first empty line, whatever its lines are; lines without a single field among them are
no header, but the beginning of a body that has none.
"""

import re
from typing import Final

from vaguemestre.mime.attachments import conclude, is_attachment
from vaguemestre.mime.boundaries import MAX_BOUNDARY, MAX_LINE, Boundaries, Delimiter
from vaguemestre.mime.content import Encoding, read_content
from vaguemestre.mime.delivery_status import RETURNED_HEADERS, STATUSES
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.headers import Fields, split_fields
from vaguemestre.mime.notification import NOTIFICATIONS
from vaguemestre.mime.tally import Tally

MAX_HEADER: Final = 256 * 1_024  # octets of one header that are looked at
MAX_HEADERS: Final = 1_024 * 1_024  # octets of all headers of a message that are looked at
MAX_PARTS: Final = 1_000
MAX_DEPTH: Final = 50

_HOLD: Final = MAX_LINE + 8  # a boundary line being cut, and the line end before it
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
_NOTIFICATION: Final = "notification"  # among the samples, whichever of its types it has
_RETURNED: Final = "returned"  # the header that a report returns
_DEPTH_OF_REPORT: Final = 2  # of the parts of a report, itself a whole message: RFC 6522 §3
_REPORTED: Final = NOTIFICATIONS | STATUSES
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})


class Scanner:
    """Feed it, finish it, read ``root``. ``samples`` holds the first text/plain and text/html to preview.

    And the first report (RFC 8098, RFC 3464), which alone keeps its fields: a thousand of them cost no
    memory.
    """

    def __init__(self) -> None:
        self.root = Entity(0)
        self.samples: dict[str, Entity] = {}
        self._open = [self.root]
        self._in_header = True
        self._pending = b"\n"  # a line begins before the first octet, as everywhere else
        self._base = -1  # offset in the message of _pending[0]
        self._at = (
            1  # index of the first octet not taken yet; the one before it is kept, to see where lines begin
        )
        self._resume = 0  # index before which the present header was searched already
        self._stash: bytes | None = None  # the beginning of a header that is too long
        self._header_room = MAX_HEADERS
        self._boundaries = Boundaries()
        self._multiparts: list[int] = []  # depth of the multipart of each boundary
        self._tally: Tally | None = None
        self._parts = 0
        self._counting = 0  # how many of the open entities have their lines counted
        self._lines = 0
        self._lines_at = 1  # index up to which lines were counted

    def feed(self, octets: bytes) -> None:
        """Take the next octets, any number."""
        self._pending += octets
        self._advance(final=False)

    def finish(self) -> None:
        """Nothing more comes: every entity ends here."""
        self._advance(final=True)

    def _advance(self, final: bool) -> None:
        while self._header_step(final) if self._in_header else self._body_step(final):
            pass
        cut = self._at - 1
        if cut > 0:
            if self._lines_at < cut:
                self._count_lines(cut)
            self._pending = self._pending[cut:]
            self._base += cut
            self._at = 1
            self._resume = max(0, self._resume - cut)
            self._lines_at -= cut

    # Headers.

    def _header_step(self, final: bool) -> bool:
        octets, entity = self._pending, self._open[-1]
        begin = max(self._at - 1, self._resume)
        blank = _EMPTY_LINE.search(octets, begin)
        delimiter = None
        if self._boundaries:
            limit = len(octets) if blank is None else blank.start()
            delimiter = self._boundaries.find(octets, begin, limit, final)
        keep = min(MAX_HEADER, self._header_room)
        if delimiter is not None:
            end = delimiter.start + 1
        elif blank is not None:
            end = blank.end()
        elif final:
            end = len(octets)
        else:
            self._resume = max(begin, len(octets) - _HOLD)
            if self._stash is not None or len(octets) - self._at > keep + 2 * _HOLD:
                if self._stash is None:
                    self._stash = octets[self._at : self._at + keep]
                self._at = max(self._at, self._resume + 1)
            return False
        is_cut = self._base + end - entity.header_start > keep
        block = octets[self._at : end] if self._stash is None else self._stash
        if is_cut:
            block = block[: block.rfind(b"\n", 0, keep) + 1]
        self._stash = None
        fields = split_fields(block)
        if not fields and not is_cut and block.strip():
            block, end = b"", self._at  # text without any header
        self._header_room -= len(block)
        self._at, self._resume, self._in_header = end, 0, False
        self._count_lines(end)
        entity.body_start = self._base + end
        if entity is self.root:
            entity.header = None if is_cut else block
        self._open_body(entity, fields, is_cut)
        return True

    def _open_body(self, entity: Entity, fields: Fields, is_cut: bool) -> None:
        depth = len(self._open)
        parent = self._open[-2] if depth > 1 else None
        in_digest = parent is not None and parent.content.media_type == "multipart/digest"
        content = entity.content = read_content(fields, in_digest)
        if depth == _DEPTH_OF_REPORT and content.media_type in _REPORTED:
            self.samples.setdefault(_NOTIFICATION, entity)
        if depth == _DEPTH_OF_REPORT and content.media_type in RETURNED_HEADERS:
            self.samples.setdefault(_RETURNED, entity)
        if parent is None or parent.kind is Kind.MESSAGE or self.samples.get(_NOTIFICATION) is entity:
            entity.fields = fields
        if is_cut:
            entity.kind = Kind.OPAQUE
        elif content.media_type.startswith("multipart/"):
            boundary = content.boundary
            if boundary is not None and len(boundary) <= MAX_BOUNDARY and depth < MAX_DEPTH:
                entity.kind = Kind.MULTIPART
                self._boundaries.push(boundary)
                self._multiparts.append(depth - 1)
                return
            entity.kind = Kind.OPAQUE
        elif content.media_type in _MESSAGES:
            if content.encoding is Encoding.IDENTITY and depth < MAX_DEPTH and self._parts < MAX_PARTS:
                entity.kind = Kind.MESSAGE
                self._start_lines(entity)
                self._open_child(entity)
                return
            entity.kind = Kind.OPAQUE
        self._open_leaf(entity)

    def _open_leaf(self, entity: Entity) -> None:
        media_type = entity.content.media_type
        entity.is_attachment = entity.kind is Kind.OPAQUE or is_attachment(entity.content)
        if media_type.startswith("text/") and entity.kind is Kind.LEAF:
            self._start_lines(entity)
        if entity.is_attachment:
            self._tally = Tally(entity.content.encoding, sized=True)
        elif media_type not in self.samples:
            self.samples[media_type] = entity
            self._tally = Tally(entity.content.encoding, sized=False)

    def _open_child(self, parent: Entity) -> None:
        child = Entity(self._base + self._at)
        parent.children.append(child)
        self._open.append(child)
        self._parts += 1
        self._in_header = True

    # Bodies.

    def _body_step(self, final: bool) -> bool:
        octets, at = self._pending, self._at
        delimiter = None
        if self._boundaries:
            delimiter = self._boundaries.find(octets, at - 1, len(octets), final)
        if delimiter is not None:
            end = delimiter.start
            if end > 0 and octets[end - 1] == 13:
                end -= 1  # RFC 2046 §5.1.1: the line end before a boundary belongs to the boundary
            end = max(end, at)  # but the empty line that ends the header may be that line end
            self._take(end)
            self._cross(delimiter, end)
            return True
        self._take(len(octets) - _HOLD if self._boundaries and not final else len(octets))
        if final:
            self._close(0, len(octets))
        return False

    def _take(self, end: int) -> None:
        if end > self._at:
            if self._tally is not None:
                self._tally.feed(self._pending[self._at : end])
            self._at = end

    def _cross(self, delimiter: Delimiter, end: int) -> None:
        """Close what the boundary ends, and open what it begins."""
        depth = self._multiparts[delimiter.level]
        self._close(depth + 1, end)
        self._at = delimiter.end
        kept = delimiter.level if delimiter.closes else delimiter.level + 1
        self._boundaries.cut(kept)
        del self._multiparts[kept:]
        if delimiter.closes:
            return
        if self._parts < MAX_PARTS:
            self._open_child(self._open[-1])
            return
        # Too many parts: all that follows is one opaque leaf, to the end of the message.
        self._boundaries.cut(0)
        self._multiparts.clear()
        self._open_child(self._open[-1])
        self._in_header = False
        rest = self._open[-1]
        rest.body_start, rest.kind = rest.header_start, Kind.OPAQUE
        self._open_leaf(rest)

    def _close(self, depth: int, end: int) -> None:
        while len(self._open) > depth:
            entity = self._open.pop()
            entity.body_end = self._base + end
            if entity.kind is Kind.MESSAGE or (
                entity.kind is Kind.LEAF and entity.content.media_type.startswith("text/")
            ):
                self._count_lines(end)
                entity.lines += self._lines
                self._counting -= 1
            if self._tally is not None:  # only the innermost entity has one
                if entity.is_attachment:
                    conclude(entity, self._tally)
                of_report = (self.samples.get(_NOTIFICATION), self.samples.get(_RETURNED))
                if not entity.is_attachment or any(entity is one for one in of_report):
                    entity.sample = self._tally.sample()
                self._tally = None
            if entity.kind is Kind.MULTIPART and not entity.children:
                # RFC 9051 §9: body-type-mpart = 1*body: one empty text stands for none.
                place = entity.body_end
                entity.children.append(Entity(place, place, place))

    # Lines: counted only where an open entity wants them, each octet once.

    def _start_lines(self, entity: Entity) -> None:
        self._counting += 1
        entity.lines = -self._lines

    def _count_lines(self, end: int) -> None:
        if self._counting and end > self._lines_at:
            self._lines += self._pending.count(b"\n", self._lines_at, end)
        self._lines_at = max(end, self._lines_at)
