"""Opens the attachments of a message that has arrived, before any rule judges its content. domain.md §3.

In a thread, a few messages at a time: an attachment is held in memory while it is looked into (never more
than a message may be large, twice over), and nothing that is unpacked outlives its piece. A message without
attachments passes through untouched.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from vaguemestre.mail.media_types import CLOSED_ARCHIVES, PROGRAMS, UNEXAMINED
from vaguemestre.mail.message import Attachment, MessageFacts
from vaguemestre.mime.archive import TAIL
from vaguemestre.mime.attachments import Place
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder
from vaguemestre.mime.examination import Bounds, Examined, examine, examine_tail, tail_suffices
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.service.antivirus_port import Antivirus, AntivirusDownError
from vaguemestre.service.ports import Spool

_AT_ONCE: Final = 2  # messages: as many as hold 100 MB between them
_JUDGED: Final = PROGRAMS | CLOSED_ARCHIVES | {UNEXAMINED}  # by their beginning: refused whatever follows
# base64 takes 4 letters and a line end of 2 in 76 for 3 octets; some to spare for the first line, cut.
_RAW_TAIL: Final = TAIL * 3 // 2
_LETTERS: Final = 4  # base64 may be cut before any of so many


class Examination:
    """Examines one message after another. ``bounds`` say how far archives are opened.

    With an ``antivirus``, every message is scanned, whole and as it came, once its attachments are sound.
    """

    def __init__(self, bounds: Bounds, antivirus: Antivirus | None = None) -> None:
        self._bounds = bounds
        self._antivirus = antivirus
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def is_needed(self, facts: MessageFacts) -> bool:
        """Whether ``of`` could find anything."""
        return bool(facts.attachments) or self._antivirus is not None

    async def of(self, spool: Spool, read: ReadMessage) -> MessageFacts:
        """The facts of the message, with what was found in it."""
        facts = read.facts
        if any(map(_is_to_be_opened, facts.attachments)):
            async with self._turns:
                facts = await asyncio.to_thread(_examined, spool, read, self._bounds)
        if self._antivirus is None or any(attachment.findings for attachment in facts.attachments):
            return facts  # it is refused already, with a sentence that tells more
        try:
            return replace(facts, infection=await self._antivirus.scan(spool.pieces(0, spool.size)))
        except AntivirusDownError:
            return replace(facts, was_not_scanned=True)


def _is_to_be_opened(attachment: Attachment) -> bool:
    return attachment.size > 0 and attachment.detected_type not in _JUDGED


def _examined(spool: Spool, read: ReadMessage, bounds: Bounds) -> MessageFacts:
    attachments = [
        _opened(spool, attachment, place, bounds) if _is_to_be_opened(attachment) else attachment
        for attachment, place in zip(read.facts.attachments, read.places, strict=True)
    ]
    return replace(read.facts, attachments=tuple(attachments))


def _opened(spool: Spool, attachment: Attachment, place: Place, bounds: Bounds) -> Attachment:
    detected = attachment.detected_type
    if tail_suffices(detected) and place.end - place.start > _RAW_TAIL:
        found = _examined_tail(spool, place)
    else:
        octets = _decoded(place.encoding, spool.pieces(place.start, place.end))
        found = examine(octets, detected, bounds)
    return replace(attachment, findings=found.findings, is_xdm=found.is_xdm, documents=found.documents)


def _decoded(encoding: Encoding, pieces: Iterable[bytes]) -> bytes:
    decoder = Decoder(encoding)
    octets = bytearray()
    for piece in pieces:
        octets += decoder.feed(piece)
    octets += decoder.finish()
    return bytes(octets)


def _examined_tail(spool: Spool, place: Place) -> Examined:
    """The end alone, so that a large image costs no more than a small one."""
    raw = b"".join(spool.pieces(place.end - _RAW_TAIL, place.end))
    found = Examined()
    for tail in _tails(place.encoding, raw):
        found = examine_tail(tail)
        if found.findings:
            break
    return found


def _tails(encoding: Encoding, raw: bytes) -> Iterable[bytes]:
    """What the end of a body may stand for: letters of base64 were cut somewhere in their four."""
    shifts = range(_LETTERS if encoding is Encoding.BASE64 else 1)
    return (_decoded(encoding, [b"A" * shift + raw]) for shift in shifts)
