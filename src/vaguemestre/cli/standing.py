"""How a certificate stands among operators: whom it names, and whether it is believed. domain.md §6."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from vaguemestre.log import configure_logging
from vaguemestre.net.operators import OperatorTls, PeerRefused
from vaguemestre.service.trust.subjects import issuer_of, subject_of


@dataclass(frozen=True, slots=True)
class Standing:
    """``fault`` is empty when any operator with our authorities would believe it."""

    subject: str
    issuer: str
    serial: str
    since: datetime
    until: datetime
    fault: str

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """For a table: what, and what it is."""
        return (
            ("subject", self.subject),
            ("issuer", self.issuer),
            ("serial number", self.serial),
            ("valid from", f"{self.since:%Y-%m-%d %H:%M} UTC"),
            ("valid until", f"{self.until:%Y-%m-%d %H:%M} UTC"),
            ("believed", f"no: {self.fault}" if self.fault else "yes"),
        )


def standing_of(certificate: x509.Certificate, operators: OperatorTls) -> Standing:
    """As our authorities, their lists and their responder have it at this moment: they are all asked."""

    configure_logging(json=False, level="warning", key=secrets.token_bytes(32))

    async def asked() -> str:
        await operators.lists.run_once(1)
        try:
            await operators.verified(certificate.public_bytes(Encoding.DER))
        except PeerRefused as refused:
            return refused.fault.value
        return ""

    return Standing(
        str(subject_of(certificate)),
        str(issuer_of(certificate)),
        f"{certificate.serial_number:x}",
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        asyncio.run(asked()),
    )
