"""A letter with all that an inspection must make harmless: a page that acts and fetches, and a document."""

from email.message import EmailMessage
from email.policy import SMTP

EVIL = (
    "<p onclick='x()'>Bonjour <b>vous</b></p><script>alert(1)</script><img src='https://spy.example/1.gif'>"
    "<a href='https://spy.example'>ici</a><form action='/x'><input></form>"
    "<iframe src='//spy.example'></iframe>"
    "<style>body{background:url(https://spy.example)}</style><svg onload=x()></svg><meta http-equiv=refresh>"
)
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def a_letter_with_everything() -> EmailMessage:
    """Without sender, recipient and identifier."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Vos résultats"
    message.set_content("Bonjour, voici.\n")
    message.add_alternative(EVIL, subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="analyse.pdf")
    return message
