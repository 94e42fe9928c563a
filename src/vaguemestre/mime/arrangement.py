"""What SORT and THREAD read of a header: base subject, first correspondents, identifiers. RFC 5256 §3.

Fields are cut before they are decoded: a header may be hundreds of kilobytes of what nobody will read, and
thousands of them are read in one command. Two subjects alike over so many octets are taken for equal.
"""

import re
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from vaguemestre.mime.addresses import Entry, Room, parse_addresses
from vaguemestre.mime.charsets import decode
from vaguemestre.mime.collation import casemap
from vaguemestre.mime.headers import decode_text, decode_words, message_ids, unfold
from vaguemestre.mime.subject import BaseSubject, base_subject

SUBJECT_OCTETS: Final = 2_048
ADDRESS_OCTETS: Final = 1_024
IDENTIFIER_OCTETS: Final = 1_024
REFERENCES_OCTETS: Final = 8_192  # of the end, where the nearest stand
MAX_REFERENCES: Final = 100
_WHOLE: Final = 2**32  # octets: no field is longer


def subject_of(header: bytes) -> BaseSubject:
    """The base subject, as it is compared."""
    value = first_value(header, "Subject", SUBJECT_OCTETS)
    base, is_reply = base_subject(decode_text(value))
    return BaseSubject(casemap(base), is_reply)


def first_local_part(header: bytes, field: str) -> str:
    """The local part of the first address of a field, as it is compared; empty when there is none.

    Of a group, its name: ENVELOPE (RFC 9051 §7.5.2) has it in that place.
    """
    entry = _first_entry(header, field)
    return "" if entry is None or entry.local is None else casemap(_text(entry.local))


def first_display(header: bytes, field: str) -> str:
    """What a client displays of the first address, as it is compared. RFC 5957 §3.

    Its name; without one, the address; of a group, its name.
    """
    entry = _first_entry(header, field)
    if entry is None:
        return ""
    if entry.name:
        return casemap(decode_words(_text(entry.name)).strip())
    local = _text(entry.local or "")
    return casemap(local if entry.host is None else f"{local}@{_text(entry.host)}")


def identifier_of(header: bytes) -> int:
    """A number that stands for the Message-ID, the same for the same; 0 when there is none."""
    found = message_ids(first_value(header, "Message-ID", IDENTIFIER_OCTETS))
    return hash(found[0]) if found else 0


def references_of(header: bytes) -> Sequence[int]:
    """Such numbers for what the message answers, the furthest first. RFC 5256 §3.

    In-Reply-To is heard when References says nothing. Of a long list the first and the last are kept.
    """
    value = first_value(header, "References", _WHOLE)
    if len(value) <= IDENTIFIER_OCTETS + REFERENCES_OCTETS:
        found = message_ids(value)
    else:
        found = message_ids(value[:IDENTIFIER_OCTETS])[:1] + message_ids(value[-REFERENCES_OCTETS:])
    if not found:
        found = message_ids(first_value(header, "In-Reply-To", IDENTIFIER_OCTETS))[:1]
    if len(found) > MAX_REFERENCES:
        found = [found[0], *found[1 - MAX_REFERENCES :]]
    return array("q", map(hash, found))


def first_value(header: bytes, field: str, most: int) -> bytes:
    """The first field of that name, folds included, cut after ``most`` octets; empty when there is none."""
    found = _field(field).search(header)
    return b"" if found is None else header[found.start(1) : min(found.end(1), found.start(1) + most)]


def _first_entry(header: bytes, field: str) -> Entry | None:
    value = unfold(first_value(header, field, ADDRESS_OCTETS))
    entries = parse_addresses(value, Room(entries=1, careful=ADDRESS_OCTETS))
    return entries[0] if entries else None


def _text(latin: str) -> str:
    """Entries hold one character an octet."""
    return latin if latin.isascii() else decode(latin.encode("latin-1"))


@lru_cache(maxsize=16)
def _field(name: str) -> re.Pattern[bytes]:
    key = re.escape(name.encode("ascii"))
    return re.compile(rb"^" + key + rb"[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
