"""Conversations: who may write, who has closed, who is answered by himself."""

from functools import cached_property
from typing import TYPE_CHECKING

from vaguemestre.services.opened import Opened

if TYPE_CHECKING:
    from vaguemestre.service.conversations.blocking import Blocking
    from vaguemestre.service.conversations.closing_elsewhere import ClosingsElsewhere
    from vaguemestre.service.conversations.closing_notices import ClosingNotices
    from vaguemestre.service.conversations.inactivity import Inactivity
    from vaguemestre.service.conversations.mail_answers import MailAnswers
    from vaguemestre.service.conversations.oversight import Oversight
    from vaguemestre.service.conversations.solicitations import Solicitations


class OfConversations(Opened):
    """Each is made when it is first asked for."""

    @cached_property
    def oversight(self) -> "Oversight":
        """Conversations as operators see them."""
        from vaguemestre.service.conversations.oversight import Oversight

        return Oversight(self.store, self.clock, self.policy)

    @cached_property
    def blocking(self) -> "Blocking":
        """Whom citizens have blocked."""
        from vaguemestre.service.conversations.blocking import Blocking

        return Blocking(self.store, self.clock)

    @cached_property
    def solicitations(self) -> "Solicitations":
        """How much a citizen may write, and when he is read."""
        from vaguemestre.service.conversations.solicitations import Solicitations

        return Solicitations(self.store, self.clock)

    @cached_property
    def inactivity(self) -> "Inactivity":
        """Conversations in which nobody writes."""
        from vaguemestre.service.conversations.inactivity import Inactivity

        return Inactivity(self.store, self.clock, self.settings.conversations.quiet_for)

    @cached_property
    def closing_notices(self) -> "ClosingNotices":
        """What citizens read of a closing."""
        from vaguemestre.service.conversations.closing_notices import ClosingNotices

        return ClosingNotices(self.store, self.vault, self.clock, self.settings.hostname)

    @cached_property
    def closings_elsewhere(self) -> "ClosingsElsewhere":
        """The same for who is at another operator."""
        from vaguemestre.service.conversations.closing_elsewhere import ClosingsElsewhere

        return ClosingsElsewhere(
            self.store, self.vault, self.clock, self.settings.hostname, self.digest, self.policy
        )

    @cached_property
    def mail_answers(self) -> "MailAnswers":
        """Automatic answers, and those to commands by mail."""
        from vaguemestre.configured import quiet_terms_of
        from vaguemestre.service.conversations.mail_answers import MailAnswers

        return MailAnswers(
            self.store,
            self.vault,
            self.clock,
            self.settings.hostname,
            self.digest,
            quiet_terms_of(self.settings),
        )
