"""Header fields: cutting a block into fields, unfolding, decoding, identifiers and dates.

RFC 5322 §2.2 and RFC 5322 §2.2.3 for fields and folding, RFC 2047 §6.2 for encoded words, RFC 5322 §3.6.4 for
message identifiers, RFC 5322 §3.3 for dates. Values stay octets until somebody wants to read them: IMAP
prints them as they came. Nothing here raises, whatever the octets.

Lines may end with LF alone (IMAP APPEND can bring them); a line that is no field and continues none is passed
over, as Dovecot does, so that what follows it is still seen.
"""

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

from vaguemestre.mime.charsets import decode

Fields: TypeAlias = dict[bytes, list[bytes]]
"""Field names in lower case, each with its raw values in order, folds included."""

# RFC 5322 §2.2: field = field-name ":" unstructured CRLF; RFC 5322 §4.5 allows blanks before the colon.
_FIELD: Final = re.compile(rb"\n([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)")
# RFC 2047 §2: encoded-word = "=?" charset "?" encoding "?" encoded-text "?="; blanks inside the text happen.
_WORD: Final = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?\r\n]*)\?=")
_MESSAGE_ID: Final = re.compile(rb"<[^<>\s]{1,998}>")


def split_fields(block: bytes) -> Fields:
    """Every field of a header block."""
    fields: Fields = {}
    for name, value in _FIELD.findall(b"\n" + block):
        key = name.lower()
        if key in fields:
            fields[key].append(value)
        else:
            fields[key] = [value]
    return fields


def first_field(fields: Fields, name: bytes) -> bytes | None:
    """The first value of a field, unfolded; ``None`` when it is absent. ``name`` in lower case."""
    values = fields.get(name)
    return None if values is None else unfold(values[0])


def unfold(value: bytes) -> bytes:
    """One line, without blanks around it. RFC 5322 §2.2.3."""
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return value.strip(b" \t\r")


def decode_text(value: bytes) -> str:
    """A field's text as a person reads it: unfolded, encoded words decoded, 8-bit read as best it can."""
    text = decode(unfold(value))
    return decode_words(text) if "=?" in text else text


def decode_words(text: str) -> str:
    """Replace the encoded words of RFC 2047; what does not decode is left as it stands."""
    pieces: list[str] = []
    pending = b""  # neighbours of one charset are joined before decoding: some cut characters in two
    pending_charset = ""
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        octets = _word_octets(match[2], match[3])
        if octets is None:
            continue
        charset = match[1]
        # RFC 2047 §6.2: blanks between two encoded words are not displayed.
        adjacent = bool(pending_charset) and not between.strip()
        if adjacent and charset.lower() == pending_charset.lower():
            pending += octets
        else:
            if pending_charset:
                pieces.append(decode(pending, pending_charset))
            if not adjacent:
                pieces.append(between)
            pending, pending_charset = octets, charset
        end = match.end()
    if pending_charset:
        pieces.append(decode(pending, pending_charset))
    pieces.append(text[end:])
    return "".join(pieces)


def _word_octets(encoding: str, text: str) -> bytes | None:
    """RFC 2047 §4: the octets of an encoded word; ``None`` when they cannot be had."""
    try:
        raw = text.encode("ascii")
        if encoding in "qQ":
            return binascii.a2b_qp(raw, header=True)
        return binascii.a2b_base64(raw.rstrip(b"=") + b"==")
    except (UnicodeEncodeError, binascii.Error):
        return None


def message_ids(value: bytes) -> list[str]:
    """Message identifiers of a field, with their angle brackets, in order."""
    return [decode(identifier) for identifier in _MESSAGE_ID.findall(unfold(value))]


def parse_date(value: bytes) -> datetime | None:
    """A date-time of RFC 5322 §3.3, aware; a zone of ``-0000`` is read as UTC. ``None`` when it is none."""
    try:
        moment = parsedate_to_datetime(decode(unfold(value))[:200])
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
