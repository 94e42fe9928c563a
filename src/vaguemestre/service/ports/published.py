"""Our own accounts as a directory of this house: those of people, services and practices. domain.md §7."""

from collections.abc import Sequence
from typing import Final, Protocol

from vaguemestre.mail.bal import Bal, BalId, BalKind

LISTED_KINDS: Final = (BalKind.PER, BalKind.ORG, BalKind.CAB)
"""Whom a directory lists: the public extraction has no programs either."""


class PublishedAccounts(Protocol):
    """Found by words of their name, address and numbers, as ``mail.folding`` makes them."""

    def search(self, beginnings: Sequence[str], limit: int) -> list[Bal]:
        """Published, receiving, and having a word that begins with each of these; by number.

        Nobody when no word is asked for.
        """
        ...

    def found(self, beginnings: Sequence[str], after: BalId, limit: int) -> list[Bal]:
        """As ``search`` finds them, published or not, in any state; those up to ``after`` left out."""
        ...

    def of_kind(self, kind: BalKind, after: BalId, limit: int) -> list[Bal]:
        """Every account of a kind, published or not, by number, those up to ``after`` left out."""
        ...
