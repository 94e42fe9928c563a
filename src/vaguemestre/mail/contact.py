"""Where a holder is told that something arrived, outside this server. domain.md §2, notification."""

from dataclasses import dataclass
from enum import StrEnum


class ContactKind(StrEnum):
    """MAIL: an ordinary address. WEBHOOK: a name by which another system of the operator knows him."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Contact:
    """In clear, for as long as somebody is being told; never logged."""

    kind: ContactKind
    to: str

    @property
    def masked(self) -> str:
        """As tables show it: enough to be recognised by whoever knows it."""
        local, at, domain = self.to.rpartition("@")
        return f"{local[:1]}…@{domain}" if at else f"{self.to[:2]}…"
