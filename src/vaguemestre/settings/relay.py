"""The settings of ``[relay]``: what other operators are met with, on either side. domain.md §6."""

from pathlib import Path

from pydantic import model_validator

from vaguemestre.net.http import is_web
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Count, Seconds, Sources


class RelaySection(Section):
    """Mail to and from other operators: TLS with certificates of the health infrastructure on both sides."""

    certificate: Path | None = None
    """PEM file: our certificate as an operator, then the authorities between it and the root."""

    key: Path | None = None
    """PEM file: its private key, readable by its owner alone."""

    authorities: Path | None = None
    """PEM file: every authority whose certificates operators show. No other counts."""

    revocations: Sources = ()
    """Their revocation lists (CRL): addresses, looked at again and again, or files."""

    revocation_cache: Path = Path("revocations")
    """Where the last good list of each address is kept, for when a download fails."""

    revocations_every: Seconds = 3600
    """How often the lists are looked for."""

    ocsp: str = ""
    """The address of the authorities' responder (OCSP), asked before each message besides the lists; empty
    asks none."""

    connections: Count = 1000
    """Connections of all operators at once."""

    connections_per_address: Count = 100
    """Of them, from one network address."""

    connections_per_operator: Count = 100
    """Of them, with one certificate's name."""

    @property
    def is_set(self) -> bool:
        """Whether there is anything to meet other operators with."""
        return self.certificate is not None

    @model_validator(mode="after")
    def _complete(self) -> "RelaySection":
        given = [self.certificate, self.key, self.authorities]
        if any(given) and not all(given):
            raise ValueError("certificate, key and authorities go together")
        if self.is_set and not self.revocations and not self.ocsp:
            raise ValueError("revocations or ocsp is needed: who is revoked must be known")
        if self.ocsp and not is_web(self.ocsp):
            raise ValueError("ocsp is an http or https address")
        return self
