"""One connection's tables, put together as the services see them: ``service.ports.store.Transaction``."""

from vaguemestre.mail.change import Change
from vaguemestre.store.access import GrantTable
from vaguemestre.store.administrators import AdministratorTable
from vaguemestre.store.aging import AgingTable
from vaguemestre.store.aliases import AliasTable
from vaguemestre.store.archives import ArchiveTable
from vaguemestre.store.audit import ChainTable
from vaguemestre.store.bals import BalTable
from vaguemestre.store.blocks import BlockTable
from vaguemestre.store.conversation_pages import ConversationPageTable
from vaguemestre.store.conversations import ConversationTable
from vaguemestre.store.correspondents import CorrespondentTable
from vaguemestre.store.departures import DepartureTable
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.erasures import ErasureTable
from vaguemestre.store.expiry_warnings import WarningTable
from vaguemestre.store.expunged import ExpungedTable
from vaguemestre.store.held import HeldTable
from vaguemestre.store.journal import JournalTable
from vaguemestre.store.journal_search import JournalSearchTable
from vaguemestre.store.mailboxes import MailboxTable
from vaguemestre.store.messages import MessageTable
from vaguemestre.store.notifications import NotificationTable
from vaguemestre.store.outbound import OutboundTable
from vaguemestre.store.owed_answers import OwedAnswerTable
from vaguemestre.store.owed_elsewhere import OwedElsewhereTable
from vaguemestre.store.owed_notices import OwedNoticeTable
from vaguemestre.store.passkeys import ChallengeTable, PasskeyTable
from vaguemestre.store.presences import PresenceTable
from vaguemestre.store.published import PublishedTable
from vaguemestre.store.samples import SampleTable
from vaguemestre.store.sign_ins import SignInTable
from vaguemestre.store.solicitations import SolicitationTable
from vaguemestre.store.statistics import StatisticTable
from vaguemestre.store.submissions import SubmissionTable
from vaguemestre.store.survey import SurveyTable
from vaguemestre.store.traces import TraceTable
from vaguemestre.store.unit import UnitState
from vaguemestre.store.warrants import WarrantTable


class TableTransaction:
    """Made once a connection and used by one unit after another; ``journal_key`` seals lines."""

    def __init__(self, connection: Connection, journal_key: bytes):
        self._state = UnitState(connection)
        self.bals = BalTable(connection)
        self.correspondents = CorrespondentTable(connection)
        self.messages = MessageTable(connection, self._state)
        self.aging = AgingTable(connection, self._state)
        self.warnings = WarningTable(connection)
        self.expunged = ExpungedTable(connection, self._state)
        self.mailboxes = MailboxTable(connection, self.messages, self._state)
        self.conversations = ConversationTable(connection, self._state)
        self.conversation_pages = ConversationPageTable(connection)
        self.grants = GrantTable(connection, self._state)
        self.owed_notices = OwedNoticeTable(connection)
        self.owed_elsewhere = OwedElsewhereTable(connection)
        self.owed_answers = OwedAnswerTable(connection)
        self.solicitations = SolicitationTable(connection, self._state)
        self.sign_ins = SignInTable(connection)
        self.submissions = SubmissionTable(connection)
        self.traces = TraceTable(connection, self.submissions)
        self.held = HeldTable(connection)
        self.outbound = OutboundTable(connection)
        self.notifications = NotificationTable(connection, self._state)
        self.journal = JournalTable(connection, journal_key)
        self.journal_search = JournalSearchTable(connection)
        self.chain = ChainTable(connection)
        self.samples = SampleTable(connection)
        self.statistics = StatisticTable(connection)
        self.archives = ArchiveTable(connection, self.mailboxes, self.messages)
        self.erasures = ErasureTable(connection, self.mailboxes, self.messages)
        self.published = PublishedTable(connection)
        self.presences = PresenceTable(connection)
        self.blocks = BlockTable(connection, self._state)
        self.aliases = AliasTable(connection)
        self.departures = DepartureTable(connection)
        self.survey = SurveyTable(connection, self._state)
        self.administrators = AdministratorTable(connection)
        self.passkeys = PasskeyTable(connection)
        self.challenges = ChallengeTable(connection)
        self.warrants = WarrantTable(connection)

    def begin_unit(self) -> None:
        """Before each unit."""
        self._state.begin()

    def end_unit(self) -> list[Change]:
        """After each unit that succeeded: what it left to do, and what it changed."""
        self.messages.leave_unfiled()
        return self._state.changes()
