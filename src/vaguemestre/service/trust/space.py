"""The trust list in force, in memory: ``service.ports.trust.Trust``. domain.md §6.

A new list takes the place of the old one between two questions: each answer comes from one list, whole, and
sessions that are there go on with the new one.
"""

from datetime import datetime, timedelta

from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.mail.trust_list import TrustList
from vaguemestre.service.ports.clock import Clock


class TrustSpace:
    """``longest_age`` is counted from when the list was made: one that is older is not acted on."""

    def __init__(self, clock: Clock, longest_age: timedelta, first: TrustList | None = None) -> None:
        self._clock = clock
        self._longest_age = longest_age
        self._list = first

    @property
    def current(self) -> TrustList | None:
        """The list itself, whatever its age."""
        return self._list

    @property
    def generated_at(self) -> datetime | None:
        """When it was made; None before there was one."""
        return None if self._list is None else self._list.generated_at

    @property
    def age(self) -> timedelta | None:
        """How old it is; None before there was one."""
        return None if self._list is None else self._clock.now() - self._list.generated_at

    @property
    def is_current(self) -> bool:
        """Whether there is a list, and it is not too old."""
        age = self.age
        return age is not None and age <= self._longest_age

    def lists(self, domain: str) -> bool:
        """Whether that domain is in the trust space."""
        return self._list is not None and self._list.lists(domain)

    def accepts(self, domain: str, subject: DistinguishedName) -> bool:
        """Whether a certificate of that name may speak for that domain."""
        return self._list is not None and self._list.accepts(domain, subject)

    def domains_of(self, subject: DistinguishedName) -> frozenset[str]:
        """What a certificate of that name may speak for, in lower case."""
        return frozenset() if self._list is None else self._list.domains_of(subject)

    def take(self, new: TrustList) -> None:
        """From the next question on, this one answers."""
        self._list = new
