"""The database as the services see it: units of work, and what a unit may ask of a transaction.

A *unit* is a plain function of a ``Transaction``: it reads, decides and writes, and awaits nothing
between. ``Store.write`` runs it in a writer lane, in its own savepoint, commits many units at once and
only then returns: what it returned is durable (architecture.md, Lanes). A unit may be run again after a
serialisation failure, so it has no effect outside its transaction.

All times are aware UTC datetimes; all collections come back in the order said.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from vaguemestre.service.ports.access import Grants
from vaguemestre.service.ports.administrator import Administrators
from vaguemestre.service.ports.aging import Aging
from vaguemestre.service.ports.alias import Aliases
from vaguemestre.service.ports.answer import OwedAnswers
from vaguemestre.service.ports.archive import Archives
from vaguemestre.service.ports.audit import Chain
from vaguemestre.service.ports.bal import Bals
from vaguemestre.service.ports.block import Blocks
from vaguemestre.service.ports.changes import Changes
from vaguemestre.service.ports.conversation import Conversations
from vaguemestre.service.ports.conversation_pages import ConversationPages
from vaguemestre.service.ports.correspondent import Correspondents
from vaguemestre.service.ports.departure import Departures
from vaguemestre.service.ports.erasure import Erasures
from vaguemestre.service.ports.expunged import Expunged
from vaguemestre.service.ports.held import HeldMessages
from vaguemestre.service.ports.journal import Journal
from vaguemestre.service.ports.journal_search import JournalSearch
from vaguemestre.service.ports.mailbox import Mailboxes
from vaguemestre.service.ports.message import Messages
from vaguemestre.service.ports.notification import Notifications
from vaguemestre.service.ports.outbound import Outbound
from vaguemestre.service.ports.owed_elsewhere import OwedElsewheres
from vaguemestre.service.ports.owed_notice import OwedNotices
from vaguemestre.service.ports.passkey import Challenges, Passkeys
from vaguemestre.service.ports.presence import Presences
from vaguemestre.service.ports.published import PublishedAccounts
from vaguemestre.service.ports.sample import Samples
from vaguemestre.service.ports.sign_in import SignIns
from vaguemestre.service.ports.solicitation import Solicitations
from vaguemestre.service.ports.statistics import Statistics
from vaguemestre.service.ports.submission import Submissions
from vaguemestre.service.ports.survey import Survey
from vaguemestre.service.ports.traces import Traces
from vaguemestre.service.ports.warning import ExpiryWarnings
from vaguemestre.service.ports.warrant import Warrants

T = TypeVar("T")


class StoreBusyError(Exception):
    """The database is locked, full or out of reach: temporary, 4yz."""


class CommitUnknownError(StoreBusyError):
    """The database failed in the middle of a commit: the work may be done or not, and nobody can tell.

    To the client it is as temporary as the rest; but what the work refers to must not be taken away.
    """


class Transaction(Protocol):
    """One unit's view of the database."""

    @property
    def bals(self) -> Bals: ...  # noqa: D102

    @property
    def correspondents(self) -> Correspondents: ...  # noqa: D102

    @property
    def grants(self) -> Grants: ...  # noqa: D102

    @property
    def sign_ins(self) -> SignIns: ...  # noqa: D102

    @property
    def mailboxes(self) -> Mailboxes: ...  # noqa: D102

    @property
    def messages(self) -> Messages: ...  # noqa: D102

    @property
    def aging(self) -> Aging: ...  # noqa: D102

    @property
    def warnings(self) -> ExpiryWarnings: ...  # noqa: D102

    @property
    def expunged(self) -> Expunged: ...  # noqa: D102

    @property
    def conversations(self) -> Conversations: ...  # noqa: D102

    @property
    def conversation_pages(self) -> ConversationPages: ...  # noqa: D102

    @property
    def owed_notices(self) -> OwedNotices: ...  # noqa: D102

    @property
    def owed_elsewhere(self) -> OwedElsewheres: ...  # noqa: D102

    @property
    def owed_answers(self) -> OwedAnswers: ...  # noqa: D102

    @property
    def solicitations(self) -> Solicitations: ...  # noqa: D102

    @property
    def submissions(self) -> Submissions: ...  # noqa: D102

    @property
    def traces(self) -> Traces: ...  # noqa: D102

    @property
    def held(self) -> HeldMessages: ...  # noqa: D102

    @property
    def outbound(self) -> Outbound: ...  # noqa: D102

    @property
    def notifications(self) -> Notifications: ...  # noqa: D102

    @property
    def journal(self) -> Journal: ...  # noqa: D102

    @property
    def journal_search(self) -> JournalSearch: ...  # noqa: D102

    @property
    def chain(self) -> Chain: ...  # noqa: D102

    @property
    def samples(self) -> Samples: ...  # noqa: D102

    @property
    def statistics(self) -> Statistics: ...  # noqa: D102

    @property
    def archives(self) -> Archives: ...  # noqa: D102

    @property
    def erasures(self) -> Erasures: ...  # noqa: D102

    @property
    def blocks(self) -> Blocks: ...  # noqa: D102

    @property
    def published(self) -> PublishedAccounts: ...  # noqa: D102

    @property
    def presences(self) -> Presences: ...  # noqa: D102

    @property
    def aliases(self) -> Aliases: ...  # noqa: D102

    @property
    def survey(self) -> Survey: ...  # noqa: D102

    @property
    def departures(self) -> Departures: ...  # noqa: D102

    @property
    def administrators(self) -> Administrators: ...  # noqa: D102

    @property
    def passkeys(self) -> Passkeys: ...  # noqa: D102

    @property
    def challenges(self) -> Challenges: ...  # noqa: D102

    @property
    def warrants(self) -> Warrants: ...  # noqa: D102


Unit = Callable[[Transaction], T]


class Store(Protocol):
    """Where units of work are run."""

    @property
    def changes(self) -> Changes:
        """The signals of committed changes."""
        ...

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit that writes nothing. Raises StoreBusyError."""
        ...

    async def write(self, unit: Callable[[Transaction], T], reason: str, *, is_long: bool = False) -> T:
        """Run a unit in a writer lane; return after the durable commit.

        What the unit raises is raised here, its writes undone, its neighbours unharmed; it may be run more
        than once before it is done, and so changes nothing but the transaction. Raises
        StoreBusyError when the database is locked, full or gone. ``reason`` names the work in logs. Say
        ``is_long`` when a unit may take more than a few milliseconds (hundreds of rows): the event loop is
        not held by it.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        ...
