"""The trust list: which certificates may speak for which domains. domain.md §6.

The key of an entry is its domain and its name together: a domain has several names, and one operator's name
stands for hundreds of domains. Pairs that stand twice count once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vaguemestre.mail.distinguished_name import DistinguishedName


def domain_key(domain: str) -> str:
    """The form in which domains are compared: the list holds one in capitals."""
    return domain.lower()


@dataclass(frozen=True, slots=True)
class TrustEntry:
    """One certificate that may speak for a domain, named as the list names it."""

    domain: str
    subject: DistinguishedName
    description: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustDifference:
    """What one list has and another has not; domains by their keys, in order."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]  # there before and after, with other names

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


class TrustList:
    """One list, whole: never changed, replaced by the next. ``generated_at`` is what it says of itself."""

    __slots__ = ("_domains", "_entries", "generated_at")

    def __init__(self, generated_at: datetime, entries: Iterable[TrustEntry]) -> None:
        self.generated_at = generated_at
        by_domain: dict[str, dict[str, TrustEntry]] = {}
        by_name: dict[str, set[str]] = {}
        for entry in entries:
            key = domain_key(entry.domain)
            by_domain.setdefault(key, {}).setdefault(entry.subject.key, entry)
            by_name.setdefault(entry.subject.key, set()).add(key)
        self._entries: Mapping[str, Mapping[str, TrustEntry]] = by_domain
        self._domains: Mapping[str, frozenset[str]] = {
            name: frozenset(domains) for name, domains in by_name.items()
        }

    def __len__(self) -> int:
        """How many pairs of a domain and a name it holds."""
        return sum(map(len, self._entries.values()))

    def lists(self, domain: str) -> bool:
        """Whether that domain is in the trust space."""
        return domain_key(domain) in self._entries

    def accepts(self, domain: str, subject: DistinguishedName) -> bool:
        """Whether a certificate of that name may speak for that domain."""
        return subject.key in self._entries.get(domain_key(domain), {})

    def domains_of(self, subject: DistinguishedName) -> frozenset[str]:
        """What a certificate of that name may speak for, by their keys."""
        return self._domains.get(subject.key, frozenset())

    def domains(self) -> tuple[str, ...]:
        """All of them, by their keys, in order."""
        return tuple(sorted(self._entries))

    def names(self) -> int:
        """How many certificates it names."""
        return len(self._domains)

    def entries_of(self, domain: str) -> tuple[TrustEntry, ...]:
        """What it says of a domain, in its own order; nothing of one that it lacks."""
        return tuple(self._entries.get(domain_key(domain), {}).values())

    def since(self, before: "TrustList") -> TrustDifference:
        """What is new here, and what is gone."""
        mine, theirs = self._entries, before._entries
        both = mine.keys() & theirs.keys()
        return TrustDifference(
            tuple(sorted(mine.keys() - theirs.keys())),
            tuple(sorted(theirs.keys() - mine.keys())),
            tuple(sorted(key for key in both if mine[key].keys() != theirs[key].keys())),
        )
