"""The background jobs: a row each. A job does a bounded piece of work and says how much it was."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, NamedTuple

from vaguemestre.net.renewal import Renewal
from vaguemestre.service.archiving import Archiving
from vaguemestre.service.birth_dates import BirthDates
from vaguemestre.service.closing_notices import ClosingNotices
from vaguemestre.service.directory_renewal import DirectoryRenewal
from vaguemestre.service.dormancy import Dormancy
from vaguemestre.service.erasing import Erasing
from vaguemestre.service.expiry import Expiry
from vaguemestre.service.expiry_warnings import ExpiryWarnings
from vaguemestre.service.forgetting import Forgetting
from vaguemestre.service.inactivity import Inactivity
from vaguemestre.service.notifying import Notifying
from vaguemestre.service.profiles import Profiles
from vaguemestre.service.releases import Releases
from vaguemestre.service.reports import Reports
from vaguemestre.service.tracing import Tracing
from vaguemestre.service.visits import Visits

_FORGET_EVERY: Final = timedelta(hours=6)  # keys are kept by the day: what is left over goes the same day
_LEAVE_EVERY: Final = timedelta(minutes=1)  # what a command that was cut short left undone
_QUIET_EVERY: Final = timedelta(hours=1)  # a pass over what is open, which counts in days
_RELEASE_EVERY: Final = timedelta(seconds=1)  # as cheap when nothing is due as telling
_NOTIFY_EVERY: Final = timedelta(seconds=5)
_RENEW_EVERY: Final = timedelta(minutes=1)
_REPORT_EVERY: Final = timedelta(seconds=2)  # a question that costs some 20 µs when nothing is due
_VISITS_EVERY: Final = timedelta(minutes=1)
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


def table(
    expiry: Expiry,
    warnings: ExpiryWarnings,
    tracing: Tracing,
    reports: Reports,
    closing_notices: ClosingNotices,
    inactivity: Inactivity,
    releases: Releases,
    forgetting: Forgetting,
    birth_dates: BirthDates,
    visits: Visits,
    profiles: Profiles,
    archiving: Archiving,
    erasing: Erasing,
    notifying: Notifying,
    dormancy: Dormancy,
    directory: DirectoryRenewal,
    renewal: Renewal,
    expire_every: timedelta,
    directory_every: timedelta,
) -> tuple[Job, ...]:
    """Every job of this server."""
    return (
        Job("expire", expire_every, expiry.run_once),
        Job("warn of expiry", expire_every, warnings.run_once),
        Job("settle folders", _SWEEP_EVERY, expiry.settle_once),
        Job("forget", _FORGET_EVERY, expiry.forget_once),
        Job("sweep", _SWEEP_EVERY, expiry.sweep_once),
        Job("report", _REPORT_EVERY, reports.run_once),
        Job("close quiet conversations", _QUIET_EVERY, inactivity.run_once),
        Job("tell closings", _REPORT_EVERY, closing_notices.run_once),
        Job("release", _RELEASE_EVERY, releases.run_once),
        Job("notify", _NOTIFY_EVERY, notifying.run_once, may_be_cut=True),
        Job("renew directory", directory_every, directory.run_once, may_be_cut=True),
        Job("renew", _RENEW_EVERY, renewal.run_once),
        Job("forget traces", _FORGET_EVERY, tracing.forget_once),
        Job("end dormant accounts", _FORGET_EVERY, dormancy.run_once),
        Job("erase", _LEAVE_EVERY, erasing.run_once),
        Job("archive", _LEAVE_EVERY, archiving.run_once),
        Job("close conversations of leavers", _LEAVE_EVERY, profiles.run_once),
        Job("forget expunges", _SWEEP_EVERY, forgetting.run_once),
        Job("forget birth dates", _SWEEP_EVERY, birth_dates.forget_once),
        Job("tell of visits", _VISITS_EVERY, visits.run_once),
    )
