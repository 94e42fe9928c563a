"""The tables of ``store.solicitations`` and ``store.owed_answers``, beside ``store.schema``. domain.md §2."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


class StoredSolicitationWish(StoredTable, table=True):
    """What a professional lets citizens write."""

    __tablename__: ClassVar[str] = "solicitation_wish"

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BIG)
    budget: int | None
    hours: str | None
    answer: str | None


class StoredSolicitation(StoredTable, table=True):
    """What a citizen wrote in a conversation since this professional did; ``budget`` of it alone, 0 none.

    ``told_since``: the beginning of the last quiet time in which the automatic answer was given.
    """

    __tablename__: ClassVar[str] = "solicitation"
    __table_args__ = (
        Index(
            "solicitation_override",
            "professional_key",
            sqlite_where=text("budget IS NOT NULL"),
            postgresql_where=text("budget IS NOT NULL"),
        ),
        CLUSTERED,
    )

    conversation: int = Field(primary_key=True, foreign_key="conversation.id", sa_type=BigInteger)
    professional_key: str = Field(primary_key=True)
    written: int
    budget: int | None
    told_since: int | None = Field(sa_type=BigInteger)


class StoredOwedAnswer(StoredTable, table=True):
    """An automatic answer to be filed; ``about`` is the body of what it answers, if it is still there."""

    __tablename__: ClassVar[str] = "owed_answer"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    said: str
    value: str
    about: bytes | None
    since: int = Field(sa_type=BigInteger)
    conversation: int | None = Field(sa_type=BigInteger)
