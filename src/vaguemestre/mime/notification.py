"""Message disposition notifications on their way in: which message, displayed or rejected. RFC 8098 §3.

Two forms are in circulation (domain.md §4): that of the RFC, and that of published samples, where parts have
no empty line between header and body, a boundary stands in the header of the message, identifiers
hold blanks and ``Disposition`` is followed by an error of HL7. So fields are looked for in the part
meant for programs, in its header, and in the header of the message, in this order. Nothing raises.
"""

import re
from typing import Final

from vaguemestre.mail.disposition import Disposition, Notification
from vaguemestre.mime.charsets import decode
from vaguemestre.mime.entity import Entity
from vaguemestre.mime.headers import Fields, first_field, split_fields
from vaguemestre.mime.parameters import raw_parameter

NOTIFICATIONS: Final = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}  # RFC 6533 §5
)

_LOOKED_AT: Final = 1_000  # octets of one field: the longest identifier, and more than any disposition

# RFC 8098 §3.1: msg-id; blanks inside the brackets, or no brackets at all, happen.
_IDENTIFIER: Final = re.compile(rb"\A(?:<[ \t]*([^<>\s]+)[ \t]*>|([^<>\s]+)\Z)")
_WORD: Final = re.compile(r"[a-z]+")
_CODE: Final = re.compile(r"(?<![0-9])90[0-6](?![0-9])")
# domain.md §4: «[KO Intégration système !][902] XDM/1.0/DDM+…»
_NOT_INTEGRATED: Final = re.compile(r"\[KO\b[^\[\]]{0,60}\][ \t]*(?:\[(90[0-6])\])?", re.IGNORECASE)

# RFC 8098 §3.2.6.3 has the modifier error; RFC 2298 §3.2.6 had the types failed and denied, still sent.
_REJECTING: Final = frozenset({"error", "failed", "denied"})


def is_report(root: Entity) -> bool:
    """Whether a message is a report of any kind. RFC 6522 §3."""
    return root.content.media_type == "multipart/report"


def notification_of(root: Entity, subject: str) -> Notification | None:
    """What a message tells of another; None when it is no such notification, or moves nothing.

    Parts of messages inside it do not count: a notification that is passed on tells nothing again.
    """
    if not is_report(root):
        return None
    part = next((child for child in root.children if child.content.media_type in NOTIFICATIONS), None)
    report_type = raw_parameter(root.content.params, b"report-type") or b""
    if part is None and report_type.lower() != b"disposition-notification":
        return None
    places = [root.fields or {}]
    if part is not None:
        places = [split_fields(part.sample), part.fields or {}, *places]
    original = next((name for fields in places if (name := _original(fields)) is not None), None)
    if original is None:
        return None
    said = next((text for fields in places if (text := _disposition(fields)) is not None), "")
    return _judged(original, said, subject)


def _original(fields: Fields) -> str | None:
    value = first_field(fields, b"original-message-id")
    match = _IDENTIFIER.match(value[:_LOOKED_AT]) if value is not None else None
    return None if match is None else f"<{decode(match[1] or match[2])}>"


def _disposition(fields: Fields) -> str | None:
    value = first_field(fields, b"disposition")
    return None if value is None else decode(value[:_LOOKED_AT]).lower()


def _judged(original: str, said: str, subject: str) -> Notification | None:
    """RFC 8098 §3.2.6: mode ; type / modifiers; without the semicolon, all of it is type."""
    mode, _, rest = said.partition(";")
    what = rest or mode
    words = set(_WORD.findall(what))
    refused = _NOT_INTEGRATED.match(subject)
    if refused is not None or words & _REJECTING:
        code = _CODE.search(what)
        named = refused[1] if refused is not None else None
        return Notification(original, Disposition.REJECTED, named or (code[0] if code else ""))
    return Notification(original, Disposition.DISPLAYED) if "displayed" in words else None
