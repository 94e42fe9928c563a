"""The SMTP envelope: who sends and who receives, apart from what the header says. RFC 5321 §2.3.1."""

from dataclasses import dataclass

from vaguemestre.mail.address import Address, ReversePath


@dataclass(frozen=True, slots=True)
class Envelope:
    """What MAIL and RCPT said. ``declared_size`` is the SIZE parameter of RFC 1870 in octets, if given."""

    reverse_path: ReversePath
    recipients: tuple[Address, ...]
    declared_size: int | None = None
