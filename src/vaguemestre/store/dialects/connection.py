"""One database connection as the tables of ``store`` use it. architecture.md, Lanes.

A thin face over two DB-API libraries: statements of ``store/statements.py``, rows as tuples, and the
handful of transaction verbs that a lane needs. Blocking; used by one thread at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = int | float | str | bytes | bool | Sequence[int] | None
Parameters: TypeAlias = Mapping[str, Value]
Row: TypeAlias = tuple[Any, ...]  # the only Any of the room: what a column holds is known by its statement


class ConflictError(Exception):
    """Another lane stands in the way: rerun the unit, and let go of what this lane holds first."""


class Connection(Protocol):
    """A connection, opened when it is first needed and again when it was lost."""

    @property
    def has_neighbours(self) -> bool:
        """Whether other writers run at the same time, so that what a unit decides on must be locked."""
        ...

    @property
    def in_transaction(self) -> bool:
        """False when the database itself rolled everything back."""
        ...

    def one(self, statement: str, parameters: Parameters) -> Row | None:
        """The first row, or None; the statement is run to its end."""
        ...

    def all(self, statement: str, parameters: Parameters) -> list[Row]:
        """Every row."""
        ...

    def insert(self, statement: str, parameters: Parameters) -> int:
        """Insert one row; the number it got, 0 where ON CONFLICT had it do nothing."""
        ...

    def run(self, statement: str, parameters: Parameters) -> int:
        """For its effect; how many rows it changed, which costs less than RETURNING them."""
        ...

    def many(self, statement: str, parameters: Sequence[Parameters]) -> None:
        """Once for each set of parameters."""
        ...

    def begin(self, attempts: int = 0) -> None:
        """``attempts``: how often other writers stood in the way of this unit already."""
        ...

    def commit(self) -> None:
        """Returns when it is durable."""
        ...

    def rollback(self) -> None:
        """Undo everything; also right when there is no transaction or no connection any more."""
        ...

    def savepoint(self) -> None:
        """Start the next unit; what earlier units of this transaction did is kept."""
        ...

    def rollback_to_savepoint(self) -> None:
        """Undo the latest unit alone."""
        ...

    def translate(self, error: BaseException) -> BaseException:
        """StoreBusyError for what is temporary, ConflictError for what another lane caused, else itself."""
        ...

    def close(self) -> None: ...  # noqa: D102
