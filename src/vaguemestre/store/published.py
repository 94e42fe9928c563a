"""Our own accounts by their words, in the database: ``service.ports.published.PublishedAccounts``.

The words that begin in one way are a range of the primary key.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.store import statements
from vaguemestre.store.bals import bal_from
from vaguemestre.store.dialects.connection import Connection, Value

_RECEIVING: Final = ", ".join(repr(state.value) for state in BalState if state.receives)
_WITH: Final = "b.id IN (SELECT bal FROM holder_word WHERE word >= :from_{0} AND word < :to_{0})"
_SEARCH: Final = f"""
SELECT {statements.BAL_COLUMNS} FROM bal b
WHERE {{}} AND NOT b.is_unlisted AND b.state IN ({_RECEIVING}) ORDER BY b.id LIMIT :limit
"""  # noqa: S608 (words of ours)
_FOUND: Final = f"""
SELECT {statements.BAL_COLUMNS} FROM bal b WHERE {{}} AND b.id > :after ORDER BY b.id LIMIT :limit
"""  # noqa: S608 (words of ours)
_OF_KIND: Final = f"""
SELECT {statements.BAL_COLUMNS} FROM bal b WHERE b.kind = :kind AND b.id > :after ORDER BY b.id LIMIT :limit
"""  # noqa: S608 (written there)
_AFTER_ALL: Final = b"\xff"  # stands in no UTF-8: after every word that goes on


class PublishedTable:
    """One subquery a word, each a range of the primary key."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def search(self, beginnings: Sequence[str], limit: int) -> list[Bal]:
        """In one question."""
        if not beginnings:
            return []
        asked = {"limit": limit, **_ranges(beginnings)}
        return [bal_from(row) for row in self._connection.all(_search_for(len(beginnings)), asked)]

    def found(self, beginnings: Sequence[str], after: BalId, limit: int) -> list[Bal]:
        """In one question."""
        if not beginnings:
            return []
        asked = {"limit": limit, "after": after, **_ranges(beginnings)}
        return [bal_from(row) for row in self._connection.all(_found_for(len(beginnings)), asked)]

    def of_kind(self, kind: BalKind, after: BalId, limit: int) -> list[Bal]:
        """By the primary key."""
        asked: dict[str, Value] = {"kind": kind.value, "after": after, "limit": limit}
        return [bal_from(row) for row in self._connection.all(_OF_KIND, asked)]


def _ranges(beginnings: Sequence[str]) -> dict[str, Value]:
    asked: dict[str, Value] = {}
    for number, word in enumerate(beginnings):
        octets = word.encode()
        asked |= {f"from_{number}": octets, f"to_{number}": octets + _AFTER_ALL}
    return asked


@lru_cache(32)
def _search_for(words: int) -> str:
    return _SEARCH.format(_with(words))


@lru_cache(32)
def _found_for(words: int) -> str:
    return _FOUND.format(_with(words))


def _with(words: int) -> str:
    return " AND ".join(_WITH.format(number) for number in range(words))
