"""What a transaction remembers while one unit runs: changes to publish, locks taken, bodies not yet filed.

On PostgreSQL writers are several, so what a decision stands on is locked before it is read, and there is
one lock alone: the row of the bal that it all belongs to (docs/decisions/0005-row-locks-on-postgresql.md),
or of the party, when it belongs to somebody who has no bal here.
SQLite has one writer and needs none of it.
"""

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.change import Change
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.mailbox import BodyId, MailboxId, ModSeq
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection


class UnitState:
    """Begun anew for each unit; one a connection, so that a unit costs no object."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._has_neighbours = connection.has_neighbours
        self._locked: set[tuple[str, int]] = set()
        self._changes: dict[MailboxId, Change] = {}
        self._started: dict[ConversationId, tuple[PartyId, int]] = {}
        self.unfiled: dict[BodyId, int] = {}
        """Bodies added by this unit that no message refers to yet, and when they were added."""
        self.opened: set[ConversationId] = set()
        """Conversations in which this unit opened a pair, and closed none since: not to be asked again."""
        self.blocked: dict[tuple[PartyId, str], bool] = {}
        """Whom, by his key, which citizen has blocked, as this unit has read it: it asks twice a message."""

    def begin(self) -> None:
        """Forget the unit before."""
        self._changes = {}
        self._locked.clear()
        self._started.clear()
        self.unfiled.clear()
        self.opened.clear()
        self.blocked.clear()

    def changed(self, bal: BalId, mailbox: MailboxId, modseq: ModSeq) -> None:
        """Publish after the commit; the latest modseq of each mailbox is enough."""
        known = self._changes.get(mailbox)
        if known is None or known.modseq < modseq:
            self._changes[mailbox] = Change(bal, mailbox, modseq)

    def changes(self) -> list[Change]:
        """What this unit changed."""
        return list(self._changes.values())

    def lock_bal(self, bal: BalId) -> None:
        """Keep other writers off this bal until the commit."""
        self._lock("bal", bal, statements.LOCK_BAL)

    def lock_party(self, party: PartyId) -> None:
        """The same, of somebody who may be at another operator."""
        self._lock("bal", party, statements.LOCK_BAL, statements.LOCK_PARTY)

    def lock_bal_of(self, mailbox: MailboxId) -> None:
        """The same, of the bal that a mailbox belongs to."""
        self._lock("mailbox", mailbox, statements.LOCK_BAL_OF)

    def lock_citizen_of(self, conversation: ConversationId) -> None:
        """The same, of the citizen of a conversation."""
        self._lock("conversation", conversation, statements.LOCK_CITIZEN_OF, statements.LOCK_CORRESPONDENT_OF)

    def started(self, conversation: ConversationId, citizen: PartyId, at: int) -> None:
        """A conversation that is this unit's own: nobody else has seen it."""
        self._started[conversation] = (citizen, at)
        self.is_of_locked_citizen(conversation)

    def citizen_of_started(self, conversation: ConversationId, at: int) -> PartyId | None:
        """Whose it is, if this unit began it at that very moment: its row says so already."""
        citizen, since = self._started.get(conversation, (None, at))
        return citizen if since == at else None

    def is_of_locked_citizen(self, conversation: ConversationId) -> None:
        """Its citizen was locked to find it: no need to ask again."""
        if self._has_neighbours:
            self._locked.add(("conversation", conversation))

    def _lock(self, what: str, number: int, *statements_: str) -> None:
        """By the first of the statements that finds a row."""
        if self._has_neighbours and (what, number) not in self._locked:
            any(self._connection.one(statement, {what: number}) is not None for statement in statements_)
            self._locked.add((what, number))
