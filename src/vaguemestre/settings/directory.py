"""The settings of ``[directory]``: the public directory of mailboxes, imported every day. domain.md §7."""

from datetime import timedelta
from pathlib import Path

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Count, Days, Percent


class DirectorySection(Section):
    """The public directory of professionals' mailboxes (Annuaire Santé)."""

    file: Path = Path("directory.db")
    """Where it is kept: a SQLite file made anew by each import, apart from the messages. No backup needed."""

    path: Path | None = None
    """The extraction to import: a file, plain or zipped, or a folder whose newest file is taken."""

    least_share: Percent = 90
    """A file with fewer mailboxes than this share of the directory in place is refused."""

    least: Count = 1
    """A file with fewer mailboxes than this is refused, the first one too; the public one has 535,000."""

    warn_after: Days = 3
    """From this age of the directory on it is said to be old, wherever it is shown, and in the log."""

    @property
    def stale_after(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(days=self.warn_after)
