"""What is known of one message's content once its octets have been read: the facts that rules decide on.

``mime`` makes these values, ``policy`` judges them, ``service`` files by them; none of it is stored or
logged in clear.
"""

from dataclasses import dataclass
from datetime import datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.mail.delivery_failure import DeliveryFailures
from vaguemestre.mail.disposition import Notification
from vaguemestre.mail.examined import Finding
from vaguemestre.mail.health_document import HealthDocument


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part that a person would call an attachment. RFC 2183.

    ``detected_type`` is the media type judged from the first decoded octets, never from the name;
    ``application/octet-stream`` when nothing is recognised. ``size`` is in decoded octets. ``findings`` and
    ``is_xdm`` (an archive in the form of IHE XDM, domain.md §4) are there once it was opened, and so are the
    health documents read in it.
    """

    name: str
    declared_type: str
    detected_type: str
    size: int
    findings: tuple[Finding, ...] = ()
    is_xdm: bool = False
    documents: tuple[HealthDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The header fields and attachments that decide who may receive this message.

    ``references`` holds message identifiers with their angle brackets: In-Reply-To first, then
    References from the nearest to the furthest, without repeats (RFC 5322 §3.6.4). Address lists hold
    what could be read; ``unreadable_from`` is true when From held something that could not. ``mss_mes``
    is X-MSS-MES stripped (domain.md §4); ``expires`` is Expires of RFC 4021, aware. ``size`` is that of the
    whole message in octets; ``has_bare_line_end`` tells of a CR or LF alone (smuggling), ``has_nul`` of NULs.
    ``has_too_many_addresses`` when the header names more than was looked at: the lists are cut then.
    ``has_too_large_header`` when only its beginning was looked at; nothing is known then of what it carries.
    ``sender`` and ``unreadable_sender`` are of the field Sender, as those of From.
    ``receipt_to`` is Disposition-Notification-To (RFC 8098 §2.1).
    ``notification`` is there when the message tells what became of another (RFC 8098).
    ``failures`` when it tells that another was not delivered (RFC 3464).
    ``hops`` are the servers it came through as Received names them, the last first; empty for one unnamed.
    ``is_automatic`` when no person wrote it, as far as it says: nothing may answer it by itself (RFC 3834).
    ``is_from_list`` when it came through a mailing list, or went out to many (RFC 2919).
    ``tls_is_optional`` is TLS-Required: No (RFC 8689 §3).
    ``conversation_references`` are what X-Vaguemestre-Conversation holds, the first few.
    ``infection`` is the name of the virus that the scanner found, if there is a scanner; ``was_not_scanned``
    when there is one and it gave no answer.
    ``binary_flaw``: it came with binary parts (RFC 3030 §3) and could not be made one without.
    ``bcc`` is there when the sender's software forgot to take the field away: whoever receives it reads it.
    """

    size: int
    subject: str
    message_id: str | None
    references: tuple[str, ...]
    from_: tuple[Address, ...]
    unreadable_from: bool
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    mss_mes: str | None
    expires: datetime | None
    attachments: tuple[Attachment, ...]
    has_bare_line_end: bool = False
    has_nul: bool = False
    bcc: tuple[Address, ...] = ()
    has_too_many_addresses: bool = False
    sender: tuple[Address, ...] = ()
    unreadable_sender: bool = False
    receipt_to: tuple[Address, ...] = ()
    notification: Notification | None = None
    failures: DeliveryFailures | None = None
    hops: tuple[str, ...] = ()
    is_automatic: bool = False
    infection: str | None = None
    was_not_scanned: bool = False
    conversation_references: tuple[str, ...] = ()
    tls_is_optional: bool = False
    has_too_large_header: bool = False
    is_from_list: bool = False
    binary_flaw: BinaryFlaw | None = None

    @property
    def has_documents(self) -> bool:
        """Whether any health document was read in it: most messages have none."""
        return any(attachment.documents for attachment in self.attachments)
