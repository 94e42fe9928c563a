"""The subject of a certificate, as two parties can compare it. RFC 5280 §7.1, domain.md §6."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """``text`` is as RFC 4514 prints it, the most specific part first; ``key`` is what is compared."""

    text: str
    key: str

    def __str__(self) -> str:
        return self.text
