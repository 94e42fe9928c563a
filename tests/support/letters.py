"""Letters as mail clients write them; fictitious people only."""

from email.message import EmailMessage
from email.policy import SMTP

from vaguemestre.mail.bal import Bal

SENTENCE = "La tension de Madame Exemple est de treize huit."


def a_letter(
    sender: Bal | str,
    to: str,
    *,
    subject: str = "Compte rendu",
    text: str = SENTENCE,
    message_id: str = "<1@cabinet.mssante.fr>",
    answers: str | None = None,
    cc: str | None = None,
    reply_to: str | None = None,
    mss_mes: str | None = None,
    expires: str | None = None,
    attachments: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """The octets of one letter; ``answers`` is the identifier it replies to."""
    message = EmailMessage(policy=SMTP)
    fields = {
        "From": sender if isinstance(sender, str) else str(sender.address),
        "To": to,
        "Cc": cc,
        "Reply-To": reply_to,
        "Subject": subject,
        "Message-ID": message_id,
        "In-Reply-To": answers,
        "References": answers,
        "X-MSS-MES": mss_mes,
        "Expires": expires,
    }
    for name, value in fields.items():
        if value is not None:
            message[name] = value
    message.set_content(text)
    for name, octets in attachments:
        message.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def a_bounce(domain: str, to: str, recipient: str, original: str, action: str = "failed") -> bytes:
    """A report of an operator (RFC 3464) that he could not deliver a message after all."""
    lines = (
        f"From: MAILER-DAEMON@{domain}",
        f"To: {to}",
        "Subject: Undelivered",
        f"Message-ID: <{recipient}.bounce@{domain}>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"',
        "",
        "--B",
        "Content-Type: text/plain",
        "",
        "It came back.",
        "--B",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; mx.{domain}",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {action}",
        "Status: 5.2.1",
        "--B",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {original}",
        "Subject: x",
        "--B--",
        "",
    )
    return "\r\n".join(lines).encode()
