"""A message made ready to be shown to whoever inspects it: texts, a harmless page, attachments judged.

domain.md §3: attachments are judged by their octets as when they arrived, opened again here, because what was
found then is not kept. RFC 6266 §4.3: how a download is called; a name is the sender's, so what could leave a
folder, hide an ending or run at a double click is taken out of it.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import quote

from vaguemestre.console.cleaned import cleaned
from vaguemestre.mail.media_types import CLOSED_ARCHIVES, PROGRAMS, UNEXAMINED
from vaguemestre.mail.message import Attachment
from vaguemestre.mime.examination import Bounds, examine, is_to_be_opened
from vaguemestre.mime.shown import Shown, attached, shown

_REFUSED: Final = PROGRAMS | CLOSED_ARCHIVES | {UNEXAMINED}
TEXTS: Final = frozenset({"text/plain", "application/xml"})
"""What is shown by its letters alone."""

_LONGEST_NAME: Final = 150
_NOT_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|%\x00-\x1f\x7f]')
SUSPECT: Final = ".suspect"
"""What the name of a download ends in that was judged dangerous: no system opens it by itself."""


class Judged(NamedTuple):
    """An attachment, and whether anybody may send such a thing."""

    attachment: Attachment
    is_accepted: bool


class Letter(NamedTuple):
    """``page`` is HTML that was cleaned; empty without one."""

    shown: Shown
    page: str
    attachments: tuple[Judged, ...]


class Part(NamedTuple):
    """One attachment: its octets, and the name a download has."""

    judged: Judged
    octets: bytes
    name: str


def letter(octets: bytes) -> Letter:
    """All that is shown of a message; takes as long as examining it did. Never raises."""
    found = shown(octets)
    judged = tuple(_judged(octets, found, number) for number in range(len(found.attachments)))
    return Letter(found, cleaned(found.page) if found.page else "", judged)


def part_of(octets: bytes, number: int) -> Part | None:
    """One of its attachments, from 0 on; None when there is none of that number."""
    found = shown(octets)
    if not 0 <= number < len(found.attachments):
        return None
    judged = _judged(octets, found, number)
    name = safe_name(judged.attachment.name, "piece-jointe")
    return Part(judged, attached(octets, found, number), name if judged.is_accepted else name + SUSPECT)


def safe_name(name: str, otherwise: str) -> str:
    """A name that any system takes for a file here and nowhere else."""
    printable = "".join(one if one.isprintable() else "_" for one in name)
    return _NOT_IN_NAMES.sub("_", printable).strip(". ")[-_LONGEST_NAME:] or otherwise


def disposition(name: str) -> str:
    """Content-Disposition: for saving, never for showing. RFC 6266 §4.1."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _judged(octets: bytes, found: Shown, number: int) -> Judged:
    one, place = found.attachments[number], found.read.places[number]
    if not place.is_examined and is_to_be_opened(one.detected_type):
        inside = examine(attached(octets, found, number), one.detected_type, Bounds())
        one = replace(one, findings=inside.findings, is_xdm=inside.is_xdm)
    return Judged(one, not one.findings and one.detected_type not in _REFUSED)
