"""What a server says of a message that it could not deliver after all. RFC 3464 §2.3."""

from dataclasses import dataclass

from vaguemestre.mail.address import Address


@dataclass(frozen=True, slots=True)
class DeliveryFailures:
    """``original`` is the Message-ID of the message, brackets included; each recipient with his status."""

    original: str
    failed: tuple[tuple[Address, str], ...]
