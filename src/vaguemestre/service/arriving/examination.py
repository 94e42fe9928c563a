"""Opens the attachments of a message that has arrived, before any rule judges its content. domain.md §3.

In a thread, a few messages at a time: an attachment is held in memory while it is looked into (never more
than a message may be large, twice over), and nothing that is unpacked outlives its piece. What could be
examined while it came (a PDF, a picture: ``mime.attachments``) passes through untouched, as does a message
without attachments.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from vaguemestre.mail.message import Attachment, MessageFacts
from vaguemestre.mime.attachments import Place
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder
from vaguemestre.mime.examination import Bounds, examine, is_to_be_opened
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.service.ports.antivirus import Antivirus, AntivirusDownError
from vaguemestre.service.ports.vault import Spool

_AT_ONCE: Final = 2  # messages: as many as hold 100 MB between them


class Examination:
    """Examines one message after another. ``bounds`` say how far archives are opened.

    With an ``antivirus``, every message is scanned, whole and as it came, once its attachments are sound.
    """

    def __init__(self, bounds: Bounds, antivirus: Antivirus | None = None) -> None:
        self._bounds = bounds
        self._antivirus = antivirus
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def is_needed(self, read: ReadMessage) -> bool:
        """Whether ``of`` could find anything."""
        return self._antivirus is not None or _any_to_be_opened(read)

    async def of(self, spool: Spool, read: ReadMessage) -> MessageFacts:
        """The facts of the message, with what was found in it."""
        facts = read.facts
        if _any_to_be_opened(read):
            async with self._turns:
                facts = await asyncio.to_thread(_examined, spool, read, self._bounds)
        if self._antivirus is None or any(attachment.findings for attachment in facts.attachments):
            return facts  # it is refused already, with a sentence that tells more
        try:
            return replace(facts, infection=await self._antivirus.scan(spool.pieces(0, spool.size)))
        except AntivirusDownError:
            return replace(facts, was_not_scanned=True)


def _examined(spool: Spool, read: ReadMessage, bounds: Bounds) -> MessageFacts:
    attachments = [
        _opened(spool, attachment, place, bounds) if _is_to_be_opened(attachment, place) else attachment
        for attachment, place in _placed(read)
    ]
    return replace(read.facts, attachments=tuple(attachments))


def _any_to_be_opened(read: ReadMessage) -> bool:
    return any(_is_to_be_opened(attachment, place) for attachment, place in _placed(read))


def _placed(read: ReadMessage) -> Iterable[tuple[Attachment, Place]]:
    return zip(read.facts.attachments, read.places, strict=True)


def _is_to_be_opened(attachment: Attachment, place: Place) -> bool:
    return attachment.size > 0 and not place.is_examined and is_to_be_opened(attachment.detected_type)


def _opened(spool: Spool, attachment: Attachment, place: Place, bounds: Bounds) -> Attachment:
    octets = _decoded(place.encoding, spool.pieces(place.start, place.end))
    found = examine(octets, attachment.detected_type, bounds)
    return replace(attachment, findings=found.findings, is_xdm=found.is_xdm, documents=found.documents)


def _decoded(encoding: Encoding, pieces: Iterable[bytes]) -> bytes:
    decoder = Decoder(encoding)
    octets = bytearray()
    for piece in pieces:
        octets += decoder.feed(piece)
    octets += decoder.finish()
    return bytes(octets)
