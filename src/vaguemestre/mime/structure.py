"""ENVELOPE, BODY and BODYSTRUCTURE, as IMAP prints them. RFC 9051 §7.5.2, RFC 3501 §7.4.2.

Strings go out quoted when they are plain ASCII, else as literals holding the very octets that came: 8-bit
headers are for the client to guess at, NUL alone is left out, since no literal may hold it (RFC 9051
§4.3).
"""

import re
from collections.abc import Iterable
from typing import Final

from vaguemestre.mime.addresses import Entry, parse_addresses
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.headers import Fields, first_field, unfold
from vaguemestre.mime.parameters import Parameters

_PLAIN: Final = re.compile(rb"[\t !#-\[\]-~]*")
_QUOTABLE: Final = re.compile(rb"[\t -~]*")
_NO_ADDRESS: Final = b"NIL"


def imap_string(value: bytes | None) -> bytes:
    """RFC 9051 §9: nstring = string / nil."""
    if value is None:
        return b"NIL"
    if _PLAIN.fullmatch(value):
        return b'"%b"' % value
    if _QUOTABLE.fullmatch(value):
        return b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    value = value.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(value), value)


def envelope(fields: Fields) -> bytes:
    """RFC 9051 §9: envelope. Sender and Reply-To stand for From when absent or empty."""
    from_ = _addresses(fields, b"from")
    sender = _addresses(fields, b"sender")
    reply_to = _addresses(fields, b"reply-to")
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        imap_string(first_field(fields, b"date")),
        imap_string(first_field(fields, b"subject")),
        from_,
        from_ if sender is _NO_ADDRESS else sender,
        from_ if reply_to is _NO_ADDRESS else reply_to,
        _addresses(fields, b"to"),
        _addresses(fields, b"cc"),
        _addresses(fields, b"bcc"),
        imap_string(first_field(fields, b"in-reply-to")),
        imap_string(first_field(fields, b"message-id")),
    )


def address_entries(fields: Fields, name: bytes) -> list[Entry]:
    """Every element of an address field, all its occurrences taken together."""
    values = fields.get(name)
    if values is None:
        return []
    return [entry for value in values for entry in parse_addresses(unfold(value))]


def _addresses(fields: Fields, name: bytes) -> bytes:
    entries = address_entries(fields, name)
    if not entries:
        return _NO_ADDRESS
    return b"(%b)" % b"".join(
        b"(%b %b %b %b)" % (_text(entry.name), _text(entry.route), _text(entry.local), _text(entry.host))
        for entry in entries
    )


def _text(value: str | None) -> bytes:
    return b"NIL" if value is None else imap_string(value.encode("latin-1"))


def body(entity: Entity, extended: bool) -> bytes:
    """RFC 9051 §9: body; ``extended`` makes the difference between BODYSTRUCTURE and BODY."""
    content = entity.content
    if entity.kind is Kind.MULTIPART:
        parts = b"".join([body(child, extended) for child in entity.children])
        if not extended:
            return b"(%b %b)" % (parts, imap_string(content.sub))
        return b"(%b %b %b %b)" % (
            parts,
            imap_string(content.sub),
            _parameters(content.params),
            _disposition_language_location(entity),
        )
    main, sub, special = content.main, content.sub, b""
    if entity.kind is Kind.OPAQUE:
        main, sub = b"application", b"octet-stream"
    elif entity.kind is Kind.MESSAGE:
        inside = entity.children[0]
        special = b" %b %b %d" % (envelope(inside.fields or {}), body(inside, extended), entity.lines)
    elif main.lower() == b"text":
        special = b" %d" % entity.lines
    elif content.media_type in {"message/rfc822", "message/global"}:
        main, sub = b"application", b"octet-stream"  # these types promise an envelope
    printed = b"%b %b %b %b %b %b %d%b" % (
        imap_string(main),
        imap_string(sub),
        _parameters(content.params),
        imap_string(content.identifier),
        imap_string(content.description),
        imap_string(content.transfer),
        entity.size,
        special,
    )
    if not extended:
        return b"(%b)" % printed
    return b"(%b %b %b)" % (printed, imap_string(content.md5), _disposition_language_location(entity))


def _disposition_language_location(entity: Entity) -> bytes:
    content = entity.content
    if content.disposition is None and not content.languages and content.location is None:
        return b"NIL NIL NIL"
    disposition = b"NIL"
    if content.disposition is not None:
        disposition = b"(%b %b)" % (imap_string(content.disposition), _parameters(content.disposition_params))
    return b"%b %b %b" % (disposition, _strings(content.languages), imap_string(content.location))


def _parameters(params: Parameters) -> bytes:
    return _strings(text for pair in params for text in pair)


def _strings(values: Iterable[bytes]) -> bytes:
    printed = b" ".join([imap_string(value) for value in values])
    return b"(%b)" % printed if printed else b"NIL"
