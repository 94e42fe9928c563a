"""Messages by the times that end them: ``service.ports.aging.Aging``. domain.md §3.

Each question is answered by an index alone; a test asks both databases how they would answer
(``tests/contracts/test_store_aging.py``). The statements stand here and not with those of the hot path.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.mailbox import DELIMITER, NO_DRAWER, BodyId, Drawer, FlagSet, MailboxId, SpecialUse, Uid
from vaguemestre.service.ports.aging import AgingMessage
from vaguemestre.service.ports.vault import KeyDay, KeyPlace, SealedBody
from vaguemestre.store.dialects.connection import Connection, Parameters, Row, Value
from vaguemestre.store.times import from_micros, maybe_to_micros, to_micros
from vaguemestre.store.unit import UnitState

_BEGINNING: Final = from_micros(0)
_AGING: Final = """
SELECT x.bal, m.kind, m.mailbox, m.uid, m.drawer, m.filed_at, m.put_at, m.expires_at, m.size, m.body, b.day,
    m.flags
FROM message m JOIN mailbox x ON x.id = m.mailbox JOIN body b ON b.id = m.body
"""
# What waits to be released lies in a mailbox and does not age there.
_WAITS_NOT: Final = "NOT EXISTS (SELECT 1 FROM held h WHERE h.mailbox = m.mailbox AND h.uid = m.uid)"
NEXT_DRAWER: Final = """
SELECT drawer FROM message WHERE kind = :kind AND drawer > :after ORDER BY drawer LIMIT 1
"""
FIRST_DRAWER: Final = "SELECT drawer FROM message WHERE kind = :kind ORDER BY drawer LIMIT 1"
BY_AGE: Final = (
    _AGING
    + f"""
WHERE m.kind = :kind AND m.drawer = :drawer AND m.filed_at >= :since AND m.filed_at < :before AND {_WAITS_NOT}
ORDER BY m.filed_at LIMIT :limit
"""
)
BY_DRAWER: Final = (
    _AGING
    + f"""
WHERE m.drawer = :drawer AND m.put_at IS NOT NULL AND m.put_at >= :since AND m.put_at < :before
    AND {_WAITS_NOT}
ORDER BY m.put_at LIMIT :limit
"""
)
BY_WISH: Final = (
    _AGING
    + f"""
WHERE m.expires_at IS NOT NULL AND m.expires_at >= :since AND m.expires_at <= :before AND {_WAITS_NOT}
ORDER BY m.expires_at LIMIT :limit
"""
)
IN_MAILBOX: Final = _AGING + f"WHERE m.mailbox = :mailbox AND {_WAITS_NOT} ORDER BY m.uid"
_OF: Final = _AGING + f"WHERE m.mailbox = :mailbox AND m.uid ANY_OF(:uids) AND {_WAITS_NOT} ORDER BY m.uid"
_DUE: Final = f"""
SELECT count(*) FROM message m WHERE m.mailbox = :mailbox
    AND (m.filed_at <= :filed OR m.put_at <= :put OR m.expires_at <= :wished) AND {_WAITS_NOT}
"""  # noqa: S608 (written above)
HOLDS_BODY: Final = """
SELECT 1 FROM body WHERE bal = :bal AND day = :day
UNION ALL SELECT 1 FROM contact WHERE bal = :bal AND day = :day LIMIT 1
"""
_ORPHAN: Final = """
SELECT number, id, bal, day, size, location, wrapped_key FROM body WHERE id = :id AND orphaned_at IS NOT NULL
"""
_DROP_OCTETS: Final = "DELETE FROM octets WHERE body ANY_OF(:numbers)"
_DROP_BODIES: Final = "DELETE FROM body WHERE number ANY_OF(:numbers)"
_NAME: Final = """
INSERT INTO drawer (name, walked_to, walk_until)
SELECT :name, 0, coalesce(max(id), 0) FROM mailbox WHERE true ON CONFLICT (name) DO NOTHING
"""
_NAMED: Final = "SELECT walked_to, walk_until FROM drawer WHERE name = :name"
_NEXT_MAILBOXES: Final = """
SELECT id, bal, name, drawer FROM mailbox WHERE id > :after AND id <= :until ORDER BY id LIMIT :limit
"""
_WALKED: Final = "UPDATE drawer SET walked_to = :walked WHERE name = :name"
_SET_DRAWER: Final = "UPDATE mailbox SET drawer = :drawer WHERE id = :mailbox"
_PUT: Final = "UPDATE message SET drawer = :drawer, put_at = :put_at WHERE mailbox = :mailbox"
_ABOVE: Final = "SELECT drawer FROM mailbox WHERE bal = :bal AND name = :name"


def drawer_of(connection: Connection, bal: BalId, name: str, special_use: SpecialUse | None) -> Drawer:
    """Of a mailbox of that name: its special use, or that of the mailbox above it, or its name if known."""
    if special_use is not None:
        return Drawer(special_use.value)
    above, delimiter, _ = name.rpartition(DELIMITER)
    if delimiter:
        row = connection.one(_ABOVE, {"bal": bal, "name": above})
        return NO_DRAWER if row is None else Drawer(row[0])
    return NO_DRAWER if connection.one(_NAMED, {"name": name}) is None else Drawer(name)


def put_in_drawer(connection: Connection, mailbox: MailboxId, drawer: Drawer, now: datetime) -> None:
    """A mailbox with all that lies in it, put there now."""
    put_at = None if drawer == NO_DRAWER else to_micros(now)
    connection.run(_SET_DRAWER, {"drawer": drawer, "mailbox": mailbox})
    connection.run(_PUT, {"drawer": drawer, "put_at": put_at, "mailbox": mailbox})


class AgingTable:
    """``service.ports.aging.Aging``."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def drawers(self, kind: BalKind) -> list[Drawer]:
        """One look into the index for each."""
        found: list[Drawer] = []
        row = self._connection.one(FIRST_DRAWER, {"kind": kind.value})
        while row is not None:
            found.append(Drawer(row[0]))
            row = self._connection.one(NEXT_DRAWER, {"kind": kind.value, "after": row[0]})
        return found

    def by_age(
        self, kind: BalKind, drawer: Drawer, before: datetime, limit: int, since: datetime = _BEGINNING
    ) -> list[AgingMessage]:
        """Received before a time and no earlier than another, the oldest first."""
        return self._found(BY_AGE, {"kind": kind.value, "drawer": drawer, **_span(since, before, limit)})

    def by_drawer(
        self, drawer: Drawer, before: datetime, limit: int, since: datetime = _BEGINNING
    ) -> list[AgingMessage]:
        """Put in a drawer before a time and no earlier than another, the earliest first."""
        return self._found(BY_DRAWER, {"drawer": drawer, **_span(since, before, limit)})

    def by_wish(self, before: datetime, limit: int, since: datetime = _BEGINNING) -> list[AgingMessage]:
        """Whose ``expires_at`` is no later than a time and no earlier than another, the earliest first."""
        return self._found(BY_WISH, _span(since, before, limit))

    def in_mailbox(self, mailbox: MailboxId) -> list[AgingMessage]:
        """By the primary key."""
        return self._found(IN_MAILBOX, {"mailbox": mailbox})

    def of(self, mailbox: MailboxId, uids: Sequence[Uid]) -> list[AgingMessage]:
        """By the primary key."""
        return self._found(_OF, {"mailbox": mailbox, "uids": list(uids)}) if uids else []

    def due(self, mailbox: MailboxId, filed: datetime, put: datetime | None, wished: datetime) -> int:
        """By the primary key: a look at each of its narrow rows."""
        asked: Parameters = {
            "mailbox": mailbox,
            "filed": to_micros(filed),
            "put": maybe_to_micros(put),
            "wished": to_micros(wished),
        }
        row = self._connection.one(_DUE, asked)
        return 0 if row is None else int(row[0])

    def emptied(self, places: Collection[KeyPlace]) -> list[KeyPlace]:
        """One look into the index for each."""
        asked = (((bal, day), {"bal": bal, "day": day}) for bal, day in sorted(places))
        return [place for place, named in asked if self._connection.one(HOLDS_BODY, named) is None]

    def drop_orphans(self, bodies: Sequence[BodyId]) -> list[SealedBody]:
        """Rows and octets; objects are the vault's."""
        dropped: list[SealedBody] = []
        numbers: list[int] = []
        for body in dict.fromkeys(bodies):
            row = self._connection.one(_ORPHAN, {"id": body})
            if row is not None:
                number, id_, bal, day, size, location, wrapped_key = row
                octets = b"" if location is None else None
                dropped.append(SealedBody(id_, bal, day, size, octets, location, wrapped_key, b""))
                numbers.append(number)
        if numbers:
            self._connection.run(_DROP_OCTETS, {"numbers": numbers})
            self._connection.run(_DROP_BODIES, {"numbers": numbers})
        return dropped

    def name_drawer(self, drawer: Drawer) -> None:
        """A row, once."""
        self._connection.run(_NAME, {"name": drawer})

    def settle_drawer(self, drawer: Drawer, now: datetime, limit: int) -> int:
        """In the order of their numbers, so that a mailbox comes after the one above it, most often."""
        row = self._connection.one(_NAMED, {"name": drawer})
        if row is None or row[0] >= row[1]:
            return 0
        walked_to, until = row
        asked: Parameters = {"after": walked_to, "until": until, "limit": limit}
        mailboxes = self._connection.all(_NEXT_MAILBOXES, asked)
        for mailbox, bal, name, there in mailboxes:
            if there == NO_DRAWER and name.partition(DELIMITER)[0] == drawer:
                self._state.lock_bal(bal)
                put_in_drawer(self._connection, mailbox, drawer, now)
        walked = mailboxes[-1][0] if len(mailboxes) == limit else until
        self._connection.run(_WALKED, {"name": drawer, "walked": walked})
        return len(mailboxes)

    def _found(self, statement: str, asked: Parameters) -> list[AgingMessage]:
        return [_message(row) for row in self._connection.all(statement, asked)]


def _span(since: datetime, before: datetime, limit: int) -> dict[str, Value]:
    return {"since": to_micros(since), "before": to_micros(before), "limit": limit}


def _message(row: Row) -> AgingMessage:
    bal, kind, mailbox, uid, drawer, filed_at, put_at, expires_at, size, body, day, flags = row
    return AgingMessage(
        BalId(bal),
        BalKind(kind),
        MailboxId(mailbox),
        Uid(uid),
        Drawer(drawer),
        from_micros(filed_at),
        None if put_at is None else from_micros(put_at),
        None if expires_at is None else from_micros(expires_at),
        size,
        BodyId(body),
        KeyDay(day),
        FlagSet(flags),
    )
