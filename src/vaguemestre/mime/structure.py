"""ENVELOPE, BODY and BODYSTRUCTURE, as IMAP prints them. RFC 9051 §7.5.2, RFC 3501 §7.4.2.

Strings go out quoted when they are plain ASCII, else as literals holding the very octets that came: 8-bit
headers are for the client to guess at, NUL alone is left out, since no literal may hold it (RFC 9051
§4.3).
"""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from vaguemestre.mime.addresses import Entry, Room, parse_addresses
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.headers import Fields, first_field, unfold
from vaguemestre.mime.parameters import Parameters

_PLAIN: Final = re.compile(rb"[\t !#-\[\]-~]*")
_QUOTABLE: Final = re.compile(rb"[\t -~]*")
_PLAIN_TEXT: Final = re.compile(r"[\t !#-\[\]-~]*")

AddressFields: TypeAlias = dict[bytes, list[Entry]]
"""Address fields by their names in lower case."""

_ADDRESS_FIELDS: Final = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")


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


def envelope(fields: Fields, addresses: AddressFields) -> bytes:
    """RFC 9051 §9: envelope. Sender and Reply-To stand for From when absent or empty."""
    from_ = _print_addresses(addresses, b"from")
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        imap_string(first_field(fields, b"date")),
        imap_string(first_field(fields, b"subject")),
        from_,
        from_ if not addresses.get(b"sender") else _print_addresses(addresses, b"sender"),
        from_ if not addresses.get(b"reply-to") else _print_addresses(addresses, b"reply-to"),
        _print_addresses(addresses, b"to"),
        _print_addresses(addresses, b"cc"),
        _print_addresses(addresses, b"bcc"),
        imap_string(first_field(fields, b"in-reply-to")),
        imap_string(first_field(fields, b"message-id")),
    )


def address_fields(fields: Fields, room: Room) -> AddressFields:
    """The elements of every address field that is there, all its occurrences taken together."""
    return {
        name: [entry for value in fields[name] for entry in parse_addresses(unfold(value), room)]
        for name in _ADDRESS_FIELDS
        if name in fields
    }


def _print_addresses(addresses: AddressFields, name: bytes) -> bytes:
    entries = addresses.get(name)
    if not entries:
        return b"NIL"
    return b"(%b)" % b"".join([_print_address(entry) for entry in entries])


def _print_address(entry: Entry) -> bytes:
    name, route, local, host = entry[:4]
    if (
        route is None
        and local is not None
        and host is not None
        and _PLAIN_TEXT.fullmatch(f"{name}{local}{host}")
    ):
        printed = "NIL" if name is None else f'"{name}"'
        return f'({printed} NIL "{local}" "{host}")'.encode("ascii")
    return b"(%b %b %b %b)" % (_text(name), _text(route), _text(local), _text(host))


def _text(value: str | None) -> bytes:
    return b"NIL" if value is None else imap_string(value.encode("latin-1"))


def bodies(entity: Entity, room: Room) -> tuple[bytes, bytes]:
    """RFC 9051 §9: body, without and with its extension data: BODY and BODYSTRUCTURE.

    ``room`` is what the message's own header left for those of the messages inside it.
    """
    content = entity.content
    if entity.kind is Kind.MULTIPART:
        plain = extended = b""
        inside = [bodies(child, room) for child in entity.children]
        plain = b"".join([pair[0] for pair in inside])
        extended = b"".join([pair[1] for pair in inside])
        sub = imap_string(content.sub)
        tail = b"%b %b" % (_parameters(content.params), _disposition_language_location(entity))
        return b"(%b %b)" % (plain, sub), b"(%b %b %b)" % (extended, sub, tail)
    main, sub = content.main, content.sub
    special = extended_special = b""
    if entity.kind is Kind.MESSAGE:
        message = entity.children[0]
        fields = message.fields or {}
        printed = envelope(fields, address_fields(fields, room))
        plain, extended = bodies(message, room)
        special = b" %b %b %d" % (printed, plain, entity.lines)
        extended_special = b" %b %b %d" % (printed, extended, entity.lines)
    elif entity.kind is Kind.OPAQUE:
        main, sub = b"application", b"octet-stream"  # message and multipart promise more than is known
    elif main.lower() == b"text":
        special = extended_special = b" %d" % entity.lines
    same = b"(%b %b %b %b %b %b %d" % (
        imap_string(main),
        imap_string(sub),
        _parameters(content.params),
        imap_string(content.identifier),
        imap_string(content.description),
        imap_string(content.transfer),
        entity.size,
    )
    tail = b" %b %b)" % (imap_string(content.md5), _disposition_language_location(entity))
    return b"%b%b)" % (same, special), b"%b%b%b" % (same, extended_special, tail)


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
