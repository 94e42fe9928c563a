"""The settings of ``[trust]``: the list of the trust space, and whose signature counts. domain.md §6."""

from datetime import timedelta
from pathlib import Path

from pydantic import field_validator, model_validator

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.http import is_safe
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Days, Percent, Seconds, Sources


class TrustSection(Section):
    """The trust list (liste blanche): which operators' certificates speak for which domains."""

    url: str = ""
    """Where the list is published: the last address, since redirections are not followed. Only https. Without
    it and without `path` this gateway is alone: no mail of other operators."""

    path: Path | None = None
    """A file that something else puts there instead, such as a copy fetched by another machine."""

    authorities: Path | None = None
    """PEM file: whose certificates that server may present; the system's authorities when there is none."""

    signer_subject: str = ""
    """The name of the one who signs the list, as its certificate has it: `CN=…,O=…,C=FR`. Needed."""

    signer_issuer: str = ""
    """The name of the authority that issued that certificate. Needed."""

    signer_authorities: Path | None = None
    """PEM file: the authorities that the signer's certificate has to lead to. Needed."""

    signer_revocations: Sources = ()
    """The revocation lists (CRL) of these authorities: addresses, asked with each list that comes, or files.
    With them, nothing is taken from a signer who is revoked, or of whom no list in force speaks; without them
    nobody is known to be revoked."""

    signer_revocation_cache: Path = Path("signer-revocations")
    """Where the last good one of each address is kept, for when a download fails."""

    kept: Path = Path("trust-list.xml")
    """Where the last good list is kept, as it was signed; verified again at each start. No backup needed."""

    every: Seconds = 3600
    """How often another list is looked for."""

    warn_after: Days = 3
    """From this age on, counted from when it was made, the list is said to be old, in the log too."""

    refuse_after: Days = 14
    """From this age on it is not acted on: mail to and from other operators is deferred (451)."""

    most_gone: Percent = 10
    """A list in which more than this share of the domains of the one held is gone is refused, until somebody
    says `vaguemestre trust refresh --accept-shrink`."""

    @field_validator("signer_subject", "signer_issuer")
    @classmethod
    def _is_name(cls, text: str) -> str:
        if text:
            parse_name(text)
        return text

    @model_validator(mode="after")
    def _complete(self) -> "TrustSection":
        if self.url and self.path is not None:
            raise ValueError("path and url are two places to take the list from: name one")
        if self.url and not is_safe(self.url):
            raise ValueError("url is an https address (http for this machine alone, by its number)")
        if self.is_used and not (self.signer_subject and self.signer_issuer and self.signer_authorities):
            raise ValueError(
                "signer_subject, signer_issuer and signer_authorities are needed: whose list it is"
            )
        if self.refuse_after < self.warn_after:
            raise ValueError("refuse_after comes after warn_after")
        return self

    @property
    def is_used(self) -> bool:
        """Whether there is a list to take."""
        return bool(self.url) or self.path is not None

    @property
    def longest_age(self) -> timedelta:
        """``refuse_after`` as a span of time."""
        return timedelta(days=self.refuse_after)
