"""From the header fields and the tree of a message to the facts that rules decide on."""

import re
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.message import MessageFacts
from vaguemestre.mime.addresses import TOO_MANY, mailboxes, parse_addresses
from vaguemestre.mime.attachments import attached_to, attachment_of
from vaguemestre.mime.charsets import decode
from vaguemestre.mime.delivery_status import failures_of
from vaguemestre.mime.entity import Entity
from vaguemestre.mime.headers import Fields, decode_text, first_field, message_ids, parse_date, unfold
from vaguemestre.mime.notification import is_report, notification_of
from vaguemestre.mime.parameters import token
from vaguemestre.mime.structure import AddressFields

_BY: Final = re.compile(rb"(?:\A|[ \t])by[ \t]+([^ \t;()]+)", re.IGNORECASE)
_TO_MANY: Final = frozenset({b"bulk", b"junk", b"list"})
_LONGEST_HOP: Final = 1_000  # octets of a Received field that are looked at

MAX_CONVERSATION_REFERENCES: Final = 4
MAX_REFERENCES: Final = 100  # each costs a look-up: RFC 5322 §3.6.4 threads seldom pass twenty


def message_facts(
    root: Entity, addresses: AddressFields, size: int, has_bare_line_end: bool, has_nul: bool
) -> MessageFacts:
    """The facts of a whole message whose tree is ``root``."""
    fields = root.fields or {}
    from_, unreadable_from = mailboxes(addresses.get(b"from", ()))
    sender, unreadable_sender = mailboxes(addresses.get(b"sender", ()))
    subject = _subject(fields)
    message_id = fields.get(b"message-id")
    mss_mes = first_field(fields, b"x-mss-mes")
    expires = fields.get(b"expires")
    return MessageFacts(
        size=size,
        subject=subject,
        message_id=None if message_id is None else next(iter(message_ids(message_id[0])), None),
        references=_references(fields),
        from_=from_,
        unreadable_from=unreadable_from,
        reply_to=mailboxes(addresses.get(b"reply-to", ()))[0],
        to=mailboxes(addresses.get(b"to", ()))[0],
        cc=mailboxes(addresses.get(b"cc", ()))[0],
        mss_mes=None if mss_mes is None else decode_text(mss_mes).strip(),
        expires=None if expires is None else parse_date(expires[0]),
        attachments=tuple(map(attachment_of, attached_to(root))),
        has_bare_line_end=has_bare_line_end,
        has_nul=has_nul,
        has_too_many_addresses=any(TOO_MANY in entries for entries in addresses.values()),
        sender=sender,
        unreadable_sender=unreadable_sender,
        receipt_to=_receipt_to(fields),
        bcc=mailboxes(addresses.get(b"bcc", ()))[0],
        notification=notification_of(root, subject),
        failures=failures_of(root) if is_report(root) else None,
        hops=_hops(fields),
        conversation_references=_conversation_references(fields),
        is_automatic=is_report(root) or _is_automatic(fields),
        tls_is_optional=_tls_is_optional(fields),
        has_too_large_header=root.header is None,
        is_from_list=_is_from_list(fields),
    )


def _subject(fields: Fields) -> str:
    values = fields.get(b"subject")
    return "" if values is None else decode_text(values[0]).strip()


def _receipt_to(fields: Fields) -> tuple[Address, ...]:
    """RFC 8098 §2.1: whom a receipt is asked for."""
    values = fields.get(b"disposition-notification-to", ())
    return mailboxes([entry for value in values for entry in parse_addresses(unfold(value))])[0]


def _hops(fields: Fields) -> tuple[str, ...]:
    """RFC 5321 §4.4: Received = "Received:" … "by" domain …; one a field, whatever stands in it."""
    named = (_BY.search(unfold(value)[:_LONGEST_HOP]) for value in fields.get(b"received", ()))
    return tuple("" if match is None else decode(match[1]).lower() for match in named)


def _conversation_references(fields: Fields) -> tuple[str, ...]:
    """Ours, which the software of either side may give back: the first one is of the message itself."""
    values = fields.get(b"x-vaguemestre-conversation", ())
    return tuple(decode(unfold(value)) for value in values[:MAX_CONVERSATION_REFERENCES])


def _is_automatic(fields: Fields) -> bool:
    """RFC 3834 §5: "no" is a person's; every other word, known or not, is not."""
    words = (token(unfold(value)) for value in fields.get(b"auto-submitted", ()))
    return any(word is None or word.lower() != b"no" for word in words)


def _is_from_list(fields: Fields) -> bool:
    """RFC 3834 §2 names List-Id and its kin, and the older Precedence, which no standard defines."""
    if any(name.startswith(b"list-") for name in fields):
        return True
    return any(unfold(value).strip().lower() in _TO_MANY for value in fields.get(b"precedence", ()))


def _tls_is_optional(fields: Fields) -> bool:
    """RFC 8689 §3: once, and "No"; any other says nothing."""
    values = fields.get(b"tls-required", ())
    return len(values) == 1 and unfold(values[0]).strip().lower() == b"no"


def _references(fields: Fields) -> tuple[str, ...]:
    """RFC 5322 §3.6.4: In-Reply-To, then References from the nearest, each once."""
    replied = fields.get(b"in-reply-to", ())
    references = fields.get(b"references", ())
    if not replied and not references:
        return ()
    found = [identifier for value in replied for identifier in message_ids(value)]
    for value in references:
        found.extend(reversed(message_ids(value)))
    return tuple(dict.fromkeys(found))[:MAX_REFERENCES]
