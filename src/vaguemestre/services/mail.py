"""Messages: taken in, held, read, expired, sent on, and told of."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from vaguemestre.services.opened import Opened

if TYPE_CHECKING:
    from vaguemestre.service.arriving.intake import Intake
    from vaguemestre.service.arriving.relaying import Relaying
    from vaguemestre.service.arriving.submission import Submissions
    from vaguemestre.service.expiry.expiring import Expiry
    from vaguemestre.service.expiry.warnings import ExpiryWarnings
    from vaguemestre.service.held.messages import HeldMessages
    from vaguemestre.service.held.releases import Releases
    from vaguemestre.service.mailboxes.forgetting import Forgetting
    from vaguemestre.service.mailboxes.keeping import Mailboxes
    from vaguemestre.service.outbound.queue import OutboundQueue
    from vaguemestre.service.outbound.upkeep import QueueUpkeep
    from vaguemestre.service.telling.contacts import Contacts
    from vaguemestre.service.telling.notifying import Notifying
    from vaguemestre.service.telling.reports import Reports
    from vaguemestre.service.telling.searching import TraceSearch
    from vaguemestre.service.telling.tracing import Tracing


class OfMail(Opened):
    """Each is made when it is first asked for."""

    @cached_property
    def intake(self) -> "Intake":
        """What everybody needs who takes messages."""
        from vaguemestre.configured import dispensations_of, examination_of
        from vaguemestre.service.arriving.intake import Intake
        from vaguemestre.service.conversations.references import ConversationReferences
        from vaguemestre.service.trust.standing import Beyond

        return Intake(
            self.store,
            self.vault,
            self.clock,
            self.policy,
            self.digest,
            ConversationReferences(self.vault.digest_key, self.digest),
            self.settings.hostname,
            examination_of(self.settings),
            dispensations_of(self.settings, self.clock),
            Beyond(None if self.trust is None else self.trust.space, self.directory),
            self.figures,
            several=self.settings.processes > 1,
        )

    @cached_property
    def submissions(self) -> "Submissions":
        """Messages of accounts."""
        from vaguemestre.service.arriving.submission import Submissions

        return Submissions(self.intake)

    @cached_property
    def relaying(self) -> "Relaying":
        """Messages that other operators bring."""
        from vaguemestre.service.arriving.relaying import Relaying

        return Relaying(self.intake)

    @cached_property
    def releases(self) -> "Releases":
        """Messages whose hour has come."""
        from vaguemestre.service.held.releases import Releases

        return Releases(self.intake)

    @cached_property
    def held(self) -> "HeldMessages":
        """Messages that wait for their hour."""
        from vaguemestre.service.held.messages import HeldMessages

        return HeldMessages(self.store, self.vault, self.clock, self.releases, self.settings.hostname)

    @cached_property
    def mailboxes(self) -> "Mailboxes":
        """Mailboxes as clients see them."""
        from vaguemestre.service.mailboxes.keeping import Mailboxes

        return Mailboxes(self.store, self.vault, self.clock, self.settings.limits.message_size)

    @cached_property
    def forgetting(self) -> "Forgetting":
        """Expunged messages, forgotten."""
        from vaguemestre.service.mailboxes.forgetting import Forgetting

        return Forgetting(self.store)

    @cached_property
    def expiry(self) -> "Expiry":
        """Messages whose time is over."""
        from vaguemestre.service.expiry.expiring import Expiry

        return Expiry(self.store, self.vault, self.clock, self.retention)

    @cached_property
    def expiry_warnings(self) -> "ExpiryWarnings":
        """What holders read of it before."""
        from vaguemestre.service.expiry.warnings import ExpiryWarnings

        ahead = timedelta(days=self.settings.retention.warn)
        return ExpiryWarnings(
            self.store, self.vault, self.clock, self.retention, ahead, self.settings.hostname
        )

    @cached_property
    def queue(self) -> "OutboundQueue":
        """Mail for other operators in the operator's hands."""
        from vaguemestre.service.outbound.queue import OutboundQueue

        return OutboundQueue(self.store, self.clock)

    @cached_property
    def queue_upkeep(self) -> "QueueUpkeep":
        """What waits there too long."""
        from vaguemestre.service.outbound.upkeep import QueueUpkeep

        outbound = self.settings.outbound
        delay, end = timedelta(seconds=outbound.delay_notice), timedelta(days=outbound.end)
        return QueueUpkeep(self.store, self.vault, self.clock, delay, end)

    @cached_property
    def reports(self) -> "Reports":
        """What senders are told."""
        from vaguemestre.service.telling.reports import Reports

        return Reports(
            self.store,
            self.vault,
            self.clock,
            self.digest,
            self.settings.hostname,
            timedelta(days=self.settings.outbound.end),
        )

    @cached_property
    def tracing(self) -> "Tracing":
        """What became of a message."""
        from vaguemestre.service.telling.tracing import Tracing

        return Tracing(self.store, self.clock, self.digest)

    @cached_property
    def trace_search(self) -> "TraceSearch":
        """Messages found by whom and when."""
        from vaguemestre.service.telling.searching import TraceSearch

        return TraceSearch(
            self.store, self.vault, self.clock, self.policy, self.digest, self.settings.hostname
        )

    @cached_property
    def notifying(self) -> "Notifying":
        """Holders told outside."""
        from vaguemestre.configured import notification_terms_of, notification_text_of, ways_of
        from vaguemestre.service.telling.notifying import Notifying

        text, ways = notification_text_of(self.settings), ways_of(self.settings)
        key, terms = self.derived(b"notifications"), notification_terms_of(self.settings)
        return Notifying(self.store, self.vault, self.clock, ways, text, terms, key)

    @cached_property
    def contacts(self) -> "Contacts":
        """Where they are told."""
        from vaguemestre.service.telling.contacts import Contacts

        return Contacts(self.store, self.vault, self.clock, self.policy, self.notifying)
