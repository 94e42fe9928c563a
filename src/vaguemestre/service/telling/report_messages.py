"""What a sender is told of his message: in French and English, and never a word of what he wrote.

RFC 3464 for delivery, RFC 8098 for reading, both in the envelope of RFC 6522 §3. Of the message itself they
carry its Message-ID alone, whatever RET asked for: a report may be read on a screen where the letter should
not. That is the redaction which RFC 8689 §5 asks of reports on a message that requires TLS.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.charset import QP, Charset
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.fate import DueReport, Fate, ReportKind
from vaguemestre.mail.held import spelt
from vaguemestre.mail.sentence import ascii_of

_UTF8: Final = Charset("utf-8")
_UTF8.body_encoding = QP

_SUBJECTS: Final = {
    ReportKind.FAILURE: "Message non distribué / Message not delivered",
    ReportKind.SUCCESS: "Message distribué / Message delivered",
    ReportKind.BOUNCE: "Message non distribué / Message not delivered",
    ReportKind.DELAY: "Message retardé / Message delayed",
    ReportKind.RELAYED: "Message transmis / Message relayed",
    ReportKind.RECEIPT: "Message lu / Message read",
}
_TEXTS: Final = {
    ReportKind.FAILURE: (
        "Votre message n'a pas été remis à :",
        "Les autres destinataires l'ont reçu. Il ne sera pas présenté de nouveau : corrigez ce qui est dit, "
        "puis envoyez-le encore.",
        "Your message was not delivered to:",
        "The other recipients have it. It will not be tried again: mend what is said, and send it once more.",
    ),
    ReportKind.SUCCESS: (
        "Votre message a été remis à :",
        "Ce n'est pas dire qu'il a été lu.",
        "Your message was delivered to:",
        "This does not say that it was read.",
    ),
    ReportKind.BOUNCE: (
        "Votre message n'a pas pu être remis, chez un autre opérateur, à :",
        "Il ne sera pas présenté de nouveau. Ceci ne dit rien des autres destinataires.",
        "Your message could not be delivered, at another operator, to:",
        "It will not be tried again. This says nothing of the other recipients.",
    ),
    ReportKind.DELAY: (
        "L'opérateur n'a pas encore accepté votre message pour :",
        "Il sera présenté de nouveau : vous n'avez rien à faire. Si c'est urgent, prenez un autre chemin.",
        "The operator has not accepted your message yet for:",
        "It will be tried again: there is nothing to be done. If it is urgent, use another way.",
    ),
    ReportKind.RELAYED: (
        "Votre message a été accepté par l'opérateur de :",
        "Ce qu'il devient ensuite est entre les mains de cet opérateur.",
        "Your message was accepted by the operator of:",
        "What becomes of it next is in the hands of that operator.",
    ),
    ReportKind.RECEIPT: (
        "Votre message a été ouvert par :",
        "Ce n'est pas dire qu'il a été compris.",
        "Your message was opened by:",
        "This does not say that it was understood.",
    ),
}

_REACHED_NOBODY: Final = (
    "Votre message n'a pas été remis à :",
    "Personne ne l'a reçu. Il est dans vos brouillons : corrigez ce qui est dit, puis envoyez-le encore.",
    "Your message was not delivered to:",
    "Nobody has it. It lies among your drafts: mend what is said, and send it once more.",
)
"""Of a message that was accepted to be released later, and refused then."""


@dataclass(frozen=True, slots=True)
class About:
    """What the reports of one message share. ``original``: its Message-ID, None when no copy is left.

    ``domain`` is ours, to write from. ``end`` is how long what was queued is tried.
    """

    hostname: str
    sender: Address
    now: datetime
    original: str | None
    domain: str
    end: timedelta


def compose(about: About, due: list[DueReport]) -> bytes:
    """One message for reports of one kind on one submission."""
    kind = due[0].kind
    is_receipt = kind is ReportKind.RECEIPT
    report_type = "disposition-notification" if is_receipt else "delivery-status"
    message = MIMEMultipart("report", policy=SMTP)
    message.set_param("report-type", report_type)
    # RFC 8098 §3: a receipt is from the one who read; RFC 3464 §2: a report from nobody in particular.
    writer = due[0].fate.recipient if is_receipt else Address("vaguemestre", about.domain)
    message["From"] = str(writer)
    message["To"] = str(about.sender)
    message["Subject"] = _SUBJECTS[kind]
    message["Date"] = format_datetime(about.now)
    message["Message-ID"] = make_msgid(domain=about.hostname)
    message["Auto-Submitted"] = "auto-replied"  # RFC 3834 §5
    if about.original is not None:
        message["In-Reply-To"] = about.original
        message["References"] = about.original
    text = MIMENonMultipart("text", "plain", policy=SMTP)
    text.set_payload(_text(due), _UTF8)
    message.attach(text)
    groups = _receipts(about, due) if is_receipt else _deliveries(about, due)
    message.attach(_part(report_type, groups))
    if about.original is not None:
        message.attach(_headers(about.original))
    return message.as_bytes()


def _text(due: list[DueReport]) -> str:
    texts = _TEXTS[due[0].kind]
    if due[0].kind is ReportKind.FAILURE and not due[0].others:
        texts = _REACHED_NOBODY
    french, after_fr, english, after_en = texts
    told_fr = _told((one.fate, one.fate.reason_french or one.fate.reason) for one in due)
    told_en = _told((one.fate, one.fate.reason) for one in due)
    return f"{french}\n\n{told_fr}\n\n{after_fr}\n\n--\n\n{english}\n\n{told_en}\n\n{after_en}\n"


def _told(fates: Iterable[tuple[Fate, str]]) -> str:
    return "\n".join(f"  {fate.recipient}" + (f"\n    {why}" if why else "") for fate, why in fates)


_Fields = list[tuple[str, str]]


def _deliveries(about: About, due: list[DueReport]) -> list[_Fields]:
    """RFC 3464 §2.2 for the message, RFC 3464 §2.3 for each recipient."""
    whole = [("Reporting-MTA", f"dns; {about.hostname}")]
    if due[0].envelope_id:
        whole.insert(0, ("Original-Envelope-Id", due[0].envelope_id))
    whole.append(("Arrival-Date", format_datetime(due[0].accepted_at)))
    if due[0].release_at is not None:
        whole.append(("Future-Release-Request", f"until; {spelt(due[0].release_at)}"))  # RFC 4865
    if due[0].deliver_by is not None:
        whole.append(("Deliver-By-Date", format_datetime(due[0].deliver_by.at)))  # RFC 2852
    return [whole, *(_delivery(about, one) for one in due)]


def _delivery(about: About, one: DueReport) -> _Fields:
    fields = [("Original-Recipient", one.original)] if one.original else []
    fields.append(("Final-Recipient", _typed(one.fate.recipient)))
    if one.kind in (ReportKind.FAILURE, ReportKind.BOUNCE):
        fields += [("Action", "failed"), ("Status", one.fate.status)]
        fields.append(("Diagnostic-Code", f"smtp; {ascii_of(one.fate.reason)}"))
    elif one.kind is ReportKind.DELAY:
        fields += [("Action", "delayed"), ("Status", "4.4.7")]
        queued_at = one.release_at or one.accepted_at
        fields.append(("Will-Retry-Until", format_datetime(queued_at + about.end)))  # RFC 3464 §2.3.9
    else:
        action = "relayed" if one.kind is ReportKind.RELAYED else "delivered"
        fields += [("Action", action), ("Status", "2.0.0")]
    return fields


def _receipts(about: About, due: list[DueReport]) -> list[_Fields]:
    """RFC 8098 §3.1: one recipient, one receipt."""
    fields = [
        ("Reporting-UA", f"{about.hostname}; Vaguemestre"),
        ("Final-Recipient", _typed(due[0].fate.recipient)),
    ]
    if about.original is not None:
        fields.append(("Original-Message-ID", about.original))
    # domain.md §3: towards citizens they are automatic, whatever the citizen wishes.
    fields.append(("Disposition", "automatic-action/MDN-sent-automatically; displayed"))
    return [fields]


def _typed(recipient: Address) -> str:
    text = str(recipient)
    return f"rfc822; {text}" if text.isascii() else f"utf-8; {text}"


def _part(subtype: str, groups: list[_Fields]) -> MIMENonMultipart:
    """``message/…``: groups of fields, each a block of its own."""
    part = MIMENonMultipart("message", subtype, policy=SMTP)
    blocks: list[Message | str] = []
    for fields in groups:
        block = Message(policy=SMTP)
        for name, value in fields:
            block[name] = value
        blocks.append(block)
    part.set_payload(blocks)
    return part


def _headers(original: str) -> MIMENonMultipart:
    """RFC 6522 §4: those of the message, of which there is one to tell."""
    part = MIMENonMultipart("text", "rfc822-headers", policy=SMTP)
    part.set_payload(f"Message-ID: {original}\n")
    return part
