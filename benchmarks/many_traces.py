"""A house with a year behind it: 100,000 mailboxes, ten million rows of traces, straight into SQLite.

Nothing of it went through a door; rows are what the services would have left. A laboratory sends every tenth
message and a service of a hospital receives every twenty-fifth, so that what is slow for the busy shows.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

LABORATORY = 1  # the number of the account that sends most
HOSPITAL = 2  # and of the one that receives most
_YEAR = 360 * 86_400 * 1_000_000

_COUNT = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :count) "
_CITIZEN = ":professionals + 1 + (n * 2654435761) % :citizens"
_SENDER = "CASE WHEN n % 10 = 0 THEN 1 ELSE 3 + (n * 40503) % (:professionals - 2) END"
_RECIPIENT = f"CASE WHEN n % 25 = 3 THEN 2 ELSE {_CITIZEN} END"
_AT = ":began + n * (:year / :count)"
_ADDRESS = """CASE WHEN n > :professionals
    THEN printf('%013d%02d', 1800175000000 + n, 97 - (1800175000000 + n) % 97) || '@patient.mssante.fr'
    ELSE 'p' || n || '@bench.mssante.fr' END"""
_WORDS = {
    "<address>": _ADDRESS,
    "<sender>": _SENDER,
    "<recipient>": _RECIPIENT,
    "<citizen>": _CITIZEN,
    "<at>": _AT,
}
_STATEMENTS = (
    ("bals", "INSERT INTO party (id) SELECT n FROM c"),
    (
        "bals",
        """INSERT INTO bal (id, address, kind, state, name, rpps, finess, quota, used, last_uid_validity,
            created_at, sector, is_unlisted)
        SELECT n, <address>,
            CASE WHEN n > :professionals THEN 'CITIZEN' WHEN n < 3 THEN 'ORG' ELSE 'PER' END, 'active',
            CASE WHEN n > :professionals THEN '' ELSE 'Famille' || (n % 1000) || ' Prenom' || n END,
            NULL, NULL, 1000000000, 0, 1, :began, NULL, false FROM c""",
    ),
    ("bals", "INSERT INTO alias (address_key, bal) SELECT lower(address), id FROM bal WHERE :count > 0"),
    (
        "professionals",
        """INSERT INTO holder_word (word, bal)
        SELECT CAST('famille' || (n % 1000) AS BLOB), n FROM c
        UNION ALL SELECT CAST('prenom' || n AS BLOB), n FROM c""",
    ),
    (
        "bals",
        """INSERT INTO mailbox (bal, name, special_use, subscribed, uid_validity, uid_next, highest_modseq)
        SELECT n, 'INBOX', NULL, true, 1, :count, :count FROM c""",
    ),
    (
        "in_one_box",
        """INSERT INTO message (mailbox, uid, flags, modseq, size, internal_date, conversation, body, kind,
            filed_at, expires_at, saved_at, put_at)
        SELECT (SELECT id FROM mailbox WHERE bal = 2), n, 0, n, 20000, :now / 1000000 - n, NULL,
            randomblob(16), 'ORG', :now - n * 1000000, NULL, NULL, NULL FROM c""",
    ),
    (
        "messages",
        """INSERT INTO submission (id, queue_id, sender, identifier, fingerprint, accepted_at, recipients)
        SELECT n, printf('%016x', n), <sender>, randomblob(16), NULL, <at>, 1 FROM c""",
    ),
    (
        "messages",
        """INSERT INTO fate (submission, recipient_key, recipient, body, state, at, status, reason,
            reason_french, wants_receipt)
        SELECT n, b.address, b.address, randomblob(16),
            CASE n % 7 WHEN 0 THEN 'refused' WHEN 1 THEN 'delivered' ELSE 'read' END, <at>,
            CASE n % 7 WHEN 0 THEN '5.7.1' ELSE '' END,
            CASE n % 7 WHEN 0 THEN '[MSS-CONV-2] This conversation has been closed' ELSE '' END,
            CASE n % 7 WHEN 0 THEN '[MSS-CONV-2] Cette conversation est close' ELSE '' END, false
        FROM (SELECT n, <recipient> AS bal FROM c) JOIN bal b ON b.id = bal""",
    ),
    (
        "conversations",
        """INSERT INTO conversation (id, citizen, opened_at, last_message_at)
        SELECT n, <citizen>, <at>, <at> FROM c""",
    ),
    (
        "conversations",
        """INSERT INTO pair (conversation, professional_key, professional, citizen, opened_at, closed_at,
            closed_by)
        SELECT n, 'p' || sender || '@bench.mssante.fr', 'p' || sender || '@bench.mssante.fr', <citizen>, <at>,
            CASE n % 3 WHEN 0 THEN <at> END, CASE n % 3 WHEN 0 THEN 'subject' END
        FROM (SELECT n, <sender> AS sender FROM c)""",
    ),
    (
        "lines",
        """INSERT INTO journal (id, at, actor, event, bal, detail, salt, seal, seq, head)
        SELECT n, <at>, 'bal:' || <sender>, CASE WHEN n % 10 = 4 THEN 'refused'
            WHEN n % 20 = 7 THEN 'conversation_closed' ELSE 'accepted' END,
            CASE WHEN n % 10 = 4 THEN <sender> WHEN n % 20 = 7 THEN <citizen> END,
            CASE WHEN n % 10 = 4 THEN '{"rule":"CONV-' || (n % 9) || '","status":"5.7.1"}'
            WHEN n % 20 = 7 THEN '{"conversation":"' || n || '","by":"subject"}'
            ELSE '{"queue_id":"' || printf('%016x', n) || '"}' END,
            randomblob(16), randomblob(32), n, randomblob(32) FROM c""",
    ),
    (
        "waiting",
        """INSERT INTO outbound_message (id, submission, queue_id, reverse_path, accepted_at, envelope_id,
            returned, requires_tls, left_at, body, day, size, octets, location, wrapped_key, card)
        SELECT n, NULL, 'w' || n, 'p3@bench.mssante.fr', :now - n * 1000000, '', '', false, NULL,
            randomblob(16), 20000, 20000, NULL, NULL, NULL, randomblob(16) FROM c""",
    ),
    (
        "waiting",
        """INSERT INTO outbound_delivery (message, destination, accepted_at, state, due_at, attempts, crashes,
            fence, owner, is_delay_told, reason)
        SELECT n, 'operateur' || (n % 200) || '.example', :now - n * 1000000, 'waiting', :now, 3, 0, 0, '',
            false, '451 4.7.1 Too busy' FROM c""",
    ),
    (
        "waiting",
        """INSERT INTO outbound_recipient (message, destination, recipient_key, recipient, notify, original)
        SELECT n, 'operateur' || (n % 200) || '.example', 'x@operateur' || n % 200 || '.example',
            'x@operateur' || n % 200 || '.example', '', '' FROM c""",
    ),
)


class Counts(NamedTuple):
    """How many of what there are; ``waiting`` in the queue, ``in_one_box`` in the hospital's INBOX."""

    bals: int
    professionals: int
    messages: int
    conversations: int
    lines: int
    waiting: int
    in_one_box: int

    @property
    def citizens(self) -> int:
        """They come after the professionals."""
        return self.bals - self.professionals


_WHOLE = Counts(100_000, 40_000, 5_000_000, 1_000_000, 2_000_000, 20_000, 10_000)


def address(counts: Counts, number: int) -> str:
    """Of an account, by its number."""
    if number <= counts.professionals:
        return f"p{number}@bench.mssante.fr"
    thirteen = 1_800_175_000_000 + number
    return f"{thirteen:013d}{97 - thirteen % 97:02d}@patient.mssante.fr"


def day(turn: int) -> str:
    """One of those on which messages were sent, as forms have it."""
    return f"{datetime.now(UTC) - timedelta(days=1 + turn * 7 % 350):%Y-%m-%d}"


def write(path: Path, tenth: bool) -> Counts:
    """Fill a database that was migrated; how many of what there are."""
    counts = Counts(*(count // 10 for count in _WHOLE)) if tenth else _WHOLE
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    given = {
        "professionals": counts.professionals,
        "citizens": counts.citizens,
        "began": now - _YEAR,
        "year": _YEAR,
        "now": now,
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        with _without_indexes(connection):
            for count, template in _STATEMENTS:
                statement = template
                connection.execute("BEGIN")
                for word, meant in _WORDS.items():
                    statement = statement.replace(word, meant)
                connection.execute(_COUNT + statement, {**given, "count": getattr(counts, count)})
                connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    return counts


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """They are made at the end, each in one go, sorted."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = rows.fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        connection.execute(sql)
