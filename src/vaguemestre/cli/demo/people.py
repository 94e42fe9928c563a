"""The people of the story, and the letters they write. All fictitious, with public test matricules."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from vaguemestre.mail.bal import BalKind

PROFESSIONAL_DOMAIN = "demo.mssante.fr"
CITIZEN_DOMAIN = "patient.mssante.fr"


@dataclass(frozen=True, slots=True)
class Person:
    """One account of the story."""

    address: str
    kind: BalKind
    name: str
    password: str
    rpps: str | None = None


def _password() -> str:
    return secrets.token_urlsafe(9)  # 72 bits: the server stays up after the story


DOCTOR = Person(
    f"claire.martin@{PROFESSIONAL_DOMAIN}", BalKind.PER, "Dr Claire Martin", _password(), "10101010105"
)
COLLEAGUE = Person(f"paul.durand@{PROFESSIONAL_DOMAIN}", BalKind.PER, "Dr Paul Durand", _password())
SOFTWARE = Person(f"labo@{PROFESSIONAL_DOMAIN}", BalKind.APP, "Laboratoire du Port", _password())
CITIZEN = Person(f"279035121518989@{CITIZEN_DOMAIN}", BalKind.CITIZEN, "Dominique Pat-Trois", _password())
OTHER_CITIZEN = Person(f"277076322082910@{CITIZEN_DOMAIN}", BalKind.CITIZEN, "Ruth Nessi", _password())
EVERYBODY = (DOCTOR, COLLEAGUE, SOFTWARE, CITIZEN, OTHER_CITIZEN)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be submitted."""

    octets: bytes
    message_id: str


def letter(
    sender: Person,
    recipient: Person,
    subject: str,
    text: str,
    when: datetime,
    *,
    answers: str | None = None,
    attachment: tuple[str, bytes] | None = None,
    mss_mes: str | None = None,
) -> Letter:
    """Compose a letter as any mail client would; ``attachment`` is a name ending in .pdf and its octets."""
    message = EmailMessage(policy=SMTP)
    message_id = make_msgid(domain=sender.address.partition("@")[2])
    message["From"] = f"{sender.name} <{sender.address}>"
    message["To"] = recipient.address
    message["Subject"] = subject
    message["Date"] = format_datetime(when)
    message["Message-ID"] = message_id
    if answers is not None:
        message["In-Reply-To"] = answers
        message["References"] = answers
    if mss_mes is not None:
        message["X-MSS-MES"] = mss_mes
    message.set_content(text)
    if attachment is not None:
        name, octets = attachment
        message.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    return Letter(message.as_bytes(), message_id)


def a_pdf(size: int = 40_000) -> bytes:
    """A small PDF that opens, padded with comments of random hexadecimal to some ``size`` octets."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length 56 >>\nstream\nBT /F1 18 Tf 60 500 Td (Compte rendu - exemple) Tj ET      \nendstream",
    )
    pdf = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    while len(pdf) < size:
        pdf += b"%% %s\n" % secrets.token_hex(min(4096, max(1, (size - len(pdf)) // 2))).encode()
    start = len(pdf)
    pdf += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(pdf)


def a_program() -> bytes:
    """The first octets of a Windows program, harmless: it is not one, it only begins like one."""
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(2048)
