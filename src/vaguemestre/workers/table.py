"""The background jobs: a row each. A job does a bounded piece of work and says how much it was."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Final, NamedTuple, Protocol

from vaguemestre.net.renewal import Renewal
from vaguemestre.net.revocation import RevocationLists
from vaguemestre.service.access.visits import Visits
from vaguemestre.service.accounts.archiving import Archiving
from vaguemestre.service.accounts.birth_dates import BirthDates
from vaguemestre.service.accounts.dormancy import Dormancy
from vaguemestre.service.accounts.erasing import Erasing
from vaguemestre.service.accounts.profiles import Profiles
from vaguemestre.service.accounts.strangers import Strangers
from vaguemestre.service.audit.anchors import Anchoring
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
from vaguemestre.service.audit.stamping import Stamping
from vaguemestre.service.conversations.closing_elsewhere import ClosingsElsewhere
from vaguemestre.service.conversations.closing_notices import ClosingNotices
from vaguemestre.service.conversations.inactivity import Inactivity
from vaguemestre.service.conversations.mail_answers import MailAnswers
from vaguemestre.service.directory.renewal import DirectoryRenewal
from vaguemestre.service.expiry.expiring import Expiry
from vaguemestre.service.expiry.warnings import ExpiryWarnings
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.service.held.releases import Releases
from vaguemestre.service.mailboxes.forgetting import Forgetting
from vaguemestre.service.outbound.sending import Sending
from vaguemestre.service.outbound.upkeep import QueueUpkeep
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.statistics.monthly import Statistics
from vaguemestre.service.telling.notifying import Notifying
from vaguemestre.service.telling.reports import Reports
from vaguemestre.service.telling.tracing import Tracing
from vaguemestre.service.trust.keeping import TrustKeeping

_ANCHOR_EVERY: Final = timedelta(minutes=10)
_FORGET_EVERY: Final = timedelta(hours=6)  # keys are kept by the day: what is left over goes the same day
_LEAVE_EVERY: Final = timedelta(minutes=1)  # what a command that was cut short left undone
_QUIET_EVERY: Final = timedelta(hours=1)  # a pass over what is open, which counts in days
_RELEASE_EVERY: Final = timedelta(seconds=1)  # as cheap when nothing is due as telling
_NOTIFY_EVERY: Final = timedelta(seconds=5)
_RENEW_EVERY: Final = timedelta(minutes=1)
_REPORT_EVERY: Final = timedelta(seconds=2)  # a question that costs some 20 µs when nothing is due
_SEND_EVERY: Final = timedelta(seconds=1)  # a look at an index when nothing waits
_TRUST_EVERY: Final = timedelta(minutes=1)  # whether a command has taken another; the source has its own pace
_VISITS_EVERY: Final = timedelta(minutes=1)
_SAMPLE_EVERY: Final = timedelta(minutes=1)
_STATISTICS_EVERY: Final = timedelta(minutes=1)
_SWEEP_EVERY: Final = timedelta(days=1)


class Job(NamedTuple):
    """One row. ``run_once(limit)`` does at most ``limit`` pieces of work and returns how many it did.

    ``every`` is the pause between two looks; a job that found ``limit`` pieces looks again at once.
    ``may_be_cut``: it waits for others, and is cut short when the server stops.
    """

    name: str
    every: timedelta
    run_once: Callable[[int], Awaitable[int]]
    may_be_cut: bool = False


class Chained(Protocol):
    """What the journal's chain asks for."""

    @property
    def chaining(self) -> Chaining: ...  # noqa: D102 (said by the class)

    @property
    def anchoring(self) -> Anchoring: ...  # noqa: D102

    @property
    def stamping(self) -> Stamping: ...  # noqa: D102

    @property
    def upkeep(self) -> JournalUpkeep: ...  # noqa: D102


class Workforce(Protocol):
    """The services that have work to do by themselves, whatever else stands beside them."""

    @property
    def expiry(self) -> Expiry: ...  # noqa: D102 (said by the class)

    @property
    def expiry_warnings(self) -> ExpiryWarnings: ...  # noqa: D102

    @property
    def tracing(self) -> Tracing: ...  # noqa: D102

    @property
    def reports(self) -> Reports: ...  # noqa: D102

    @property
    def queue_upkeep(self) -> QueueUpkeep: ...  # noqa: D102

    @property
    def closing_notices(self) -> ClosingNotices: ...  # noqa: D102

    @property
    def closings_elsewhere(self) -> ClosingsElsewhere: ...  # noqa: D102

    @property
    def mail_answers(self) -> MailAnswers: ...  # noqa: D102

    @property
    def inactivity(self) -> Inactivity: ...  # noqa: D102

    @property
    def releases(self) -> Releases: ...  # noqa: D102

    @property
    def forgetting(self) -> Forgetting: ...  # noqa: D102

    @property
    def birth_dates(self) -> BirthDates: ...  # noqa: D102

    @property
    def strangers(self) -> Strangers: ...  # noqa: D102

    @property
    def visits(self) -> Visits: ...  # noqa: D102

    @property
    def profiles(self) -> Profiles: ...  # noqa: D102

    @property
    def archiving(self) -> Archiving: ...  # noqa: D102

    @property
    def erasing(self) -> Erasing: ...  # noqa: D102

    @property
    def notifying(self) -> Notifying: ...  # noqa: D102

    @property
    def dormancy(self) -> Dormancy: ...  # noqa: D102

    @property
    def directory_renewal(self) -> DirectoryRenewal: ...  # noqa: D102

    @property
    def authentication(self) -> Authentication: ...  # noqa: D102

    @property
    def audit(self) -> Chained: ...  # noqa: D102

    @property
    def sampling(self) -> Sampling: ...  # noqa: D102

    @property
    def statistics(self) -> Statistics: ...  # noqa: D102

    @property
    def trust(self) -> TrustKeeping | None: ...  # noqa: D102


class Paces(NamedTuple):
    """How often, where the operator decides."""

    expire: timedelta
    directory: timedelta
    chain: timedelta


class OperatorUpkeep(NamedTuple):
    """What other operators are met with: files taken up anew, revocation lists fetched, mail sent."""

    renewal: Renewal
    lists: RevocationLists
    every: timedelta
    sending: Sending

    @property
    def jobs(self) -> tuple[Job, ...]:
        """A row each."""
        return (
            Job("renew operator's certificate", _RENEW_EVERY, self.renewal.run_once),
            Job("send", _SEND_EVERY, self.sending.run_once, may_be_cut=True),
            Job("fetch revocation lists", self.every, self.lists.run_once, may_be_cut=True),
        )


def table(
    services: Workforce, renewal: Renewal, paces: Paces, operators: OperatorUpkeep | None = None
) -> tuple[Job, ...]:
    """Every job of this server; ``operators`` where others are met."""
    return (
        *_of_each(services, renewal),
        *(operators.jobs if operators is not None else ()),
        Job("chain the journal", paces.chain, services.audit.chaining.run_once),
        Job("anchor the journal", _ANCHOR_EVERY, services.audit.anchoring.run_once),
        Job("time-stamp anchors", _ANCHOR_EVERY, services.audit.stamping.run_once, may_be_cut=True),
        Job("expire", paces.expire, services.expiry.run_once),
        Job("warn of expiry", paces.expire, services.expiry_warnings.run_once),
        Job("settle folders", _SWEEP_EVERY, services.expiry.settle_once),
        Job("forget", _FORGET_EVERY, services.expiry.forget_once),
        Job("sweep", _SWEEP_EVERY, services.expiry.sweep_once),
        Job("report", _REPORT_EVERY, services.reports.run_once),
        Job("mind the queue", _LEAVE_EVERY, services.queue_upkeep.run_once),
        Job("close quiet conversations", _QUIET_EVERY, services.inactivity.run_once),
        Job("tell closings", _REPORT_EVERY, services.closing_notices.run_once),
        Job("tell closings elsewhere", _REPORT_EVERY, services.closings_elsewhere.run_once),
        Job("answer", _REPORT_EVERY, services.mail_answers.run_once),
        Job("release", _RELEASE_EVERY, services.releases.run_once),
        Job("notify", _NOTIFY_EVERY, services.notifying.run_once, may_be_cut=True),
        Job("renew directory", paces.directory, services.directory_renewal.run_once, may_be_cut=True),
        Job("forget lines of the journal", _FORGET_EVERY, services.audit.upkeep.run_once),
        Job("forget traces", _FORGET_EVERY, services.tracing.forget_once),
        Job("end dormant accounts", _FORGET_EVERY, services.dormancy.run_once),
        Job("erase", _LEAVE_EVERY, services.erasing.run_once),
        Job("archive", _LEAVE_EVERY, services.archiving.run_once),
        Job("close conversations of leavers", _LEAVE_EVERY, services.profiles.run_once),
        Job("forget expunges", _SWEEP_EVERY, services.forgetting.run_once),
        Job("forget people elsewhere", _SWEEP_EVERY, services.strangers.forget_once),
        Job("forget birth dates", _SWEEP_EVERY, services.birth_dates.forget_once),
        Job("count statistics", _STATISTICS_EVERY, services.statistics.counting.run_once),
        Job("tell of visits", _VISITS_EVERY, services.visits.run_once),
        *_of_operators(services.trust),
    )


def everywhere(services: Workforce, renewal: Renewal) -> tuple[Job, ...]:
    """What is left of it in a process beside the first: its own counts, and what others put in place."""
    trust = services.trust
    follows = () if trust is None else (Job("follow the trust list", _TRUST_EVERY, trust.follow),)
    return (*_of_each(services, renewal), *follows)


def _of_each(services: Workforce, renewal: Renewal) -> Iterator[Job]:
    yield Job("count sign-ins", _VISITS_EVERY, services.authentication.journal.run_once)
    yield Job("renew", _RENEW_EVERY, renewal.run_once)
    yield Job("sample figures", _SAMPLE_EVERY, services.sampling.run_once)


def _of_operators(trust: TrustKeeping | None) -> Iterator[Job]:
    """What a gateway that is alone has not to do."""
    if trust is not None:
        yield Job("renew the trust list", _TRUST_EVERY, trust.run_once, may_be_cut=True)
