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
