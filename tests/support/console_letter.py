"""A letter with all that an inspection must make harmless: a page that acts and fetches, and a document."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

EVIL = (
    "<p onclick='x()'>Bonjour <b>vous</b></p><script>alert(1)</script><img src='https://spy.example/1.gif'>"
    "<a href='https://spy.example'>ici</a><form action='/x'><input></form>"
    "<iframe src='//spy.example'></iframe>"
    "<style>body{background:url(https://spy.example)}</style><svg onload=x()></svg><meta http-equiv=refresh>"
    "<base href='https://spy.example/'><link rel=stylesheet href='https://spy.example/a.css'>"
    "<div style='background:url(https://spy.example/2.gif)' background='https://spy.example/3.gif'>texte</div>"
    "<object data='https://spy.example/o'></object><embed src='https://spy.example/e'>"
    "<video poster='https://spy.example/p' src='https://spy.example/v'></video>"
    "<img srcset='https://spy.example/s 2x'><a href='javascript:alert(2)'>là</a>"
    "<a href='data:text/html,<script>alert(3)</script>'>encore</a>"
    "<meta http-equiv='refresh' content='0;url=https://spy.example/r'>"
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(4)></style></mglyph></table></mtext></math>"
    "<noscript><p title='</noscript><img src=x onerror=alert(5)>'></noscript>"
)


def a_pdf(
    text: str = "Tension 13/8", *, catalog: str = "", page: str = "", box: str = "0 0 595 842"
) -> bytes:
    """One page with a line on it; ``catalog`` and ``page`` add to their dictionaries."""
    line = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = (
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R "
        f"/Resources << /Font << /F1 5 0 R >> >> {page} >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(line), line),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    octets, places = bytearray(b"%PDF-1.4\n"), []
    for number, written in enumerate(objects, 1):
        places.append(len(octets))
        octets += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    start = len(octets)
    octets += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    return bytes(octets) + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


PDF: Final = a_pdf()


def a_letter_with_everything() -> EmailMessage:
    """Without sender, recipient and identifier."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Vos résultats"
    message.set_content("Bonjour, voici.\n")
    message.add_alternative(EVIL, subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="analyse.pdf")
    return message
