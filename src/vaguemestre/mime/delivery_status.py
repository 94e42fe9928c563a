"""Delivery status notifications on their way in: for whom which message was not delivered. RFC 3464 §2.

What was delayed, relayed or delivered moves nothing: only failures are looked for. The message is known by
the Message-ID in the part that returns it (RFC 6522 §3), whole or its header alone. Nothing raises.
"""

import re
from typing import Final

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.delivery_failure import DeliveryFailures
from vaguemestre.mime.charsets import decode
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.headers import Fields, first_field, message_ids, split_fields

STATUSES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 6533 §4

RETURNED_HEADERS: Final = frozenset({"text/rfc822-headers", "message/global-headers"})
_BLANK_LINE: Final = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_STATUS: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MOST: Final = 100  # recipients of one report
_LONGEST: Final = 1_000  # octets of one field


def failures_of(root: Entity) -> DeliveryFailures | None:
    """Whom the message of ``root`` says another was not delivered to; None when it says nothing of it."""
    part = next((child for child in root.children if child.content.media_type in STATUSES), None)
    original = next((name for child in root.children if (name := _returned(child)) is not None), None)
    if part is None or original is None:
        return None
    groups = _BLANK_LINE.split(part.sample)[: _MOST + 1]  # the first is of the message as a whole
    found = (_failed(split_fields(group)) for group in groups)
    failed = tuple(one for one in found if one is not None)
    return DeliveryFailures(original, failed) if failed else None


def _returned(part: Entity) -> str | None:
    fields: Fields = {}
    if part.kind is Kind.MESSAGE and part.children:
        fields = part.children[0].fields or {}
    elif part.content.media_type in RETURNED_HEADERS:
        fields = split_fields(part.sample)
    value = first_field(fields, b"message-id")
    return None if value is None else next(iter(message_ids(value[:_LONGEST])), None)


def _failed(fields: Fields) -> tuple[Address, str] | None:
    """RFC 3464 §2.3: Action, Status and the recipient, under the address that we gave if it is said."""
    if _text(fields, b"action").lower() != "failed":
        return None
    status = _STATUS.match(_text(fields, b"status"))
    for name in (b"original-recipient", b"final-recipient"):
        kind, _, address = _text(fields, name).partition(";")
        if kind.strip().lower() in {"rfc822", "utf-8"}:
            try:
                return parse_address(address.strip()), status[0] if status is not None else "5.0.0"
            except AddressSyntaxError:
                continue
    return None


def _text(fields: Fields, name: bytes) -> str:
    value = first_field(fields, name)
    return "" if value is None else decode(value[:_LONGEST]).strip()
