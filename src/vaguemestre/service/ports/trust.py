"""What mail between operators needs to know of the trust space. domain.md §6.

Asked for every recipient and every connection, so it answers from memory, at once.
"""

from datetime import datetime
from typing import Protocol

from vaguemestre.mail.distinguished_name import DistinguishedName


class Trust(Protocol):
    """The list in force. Domains are compared without case, names of certificates by their parts."""

    @property
    def generated_at(self) -> datetime | None:
        """When it was made; None before there was one."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether it may be acted on: without a list, or with one too old, mail elsewhere is deferred (451),
        never refused, since nobody knows who belongs to the trust space today."""
        ...

    def lists(self, domain: str) -> bool:
        """Whether that domain is in the trust space."""
        ...

    def accepts(self, domain: str, subject: DistinguishedName) -> bool:
        """Whether a certificate of that name may speak for that domain."""
        ...

    def domains_of(self, subject: DistinguishedName) -> frozenset[str]:
        """What a certificate of that name may speak for, in lower case."""
        ...
