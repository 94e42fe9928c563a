"""The settings of ``[directory]``: the public directory of mailboxes, imported every day. domain.md §7."""

from datetime import timedelta
from pathlib import Path

from pydantic import model_validator

from vaguemestre.net.http import is_safe
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Count, Days, Percent, Seconds, Words


class DirectorySection(Section):
    """The public directory of professionals' mailboxes (Annuaire Santé)."""

    file: Path = Path("directory.db")
    """Where it is kept: a SQLite file made anew by each import, apart from the messages. No backup needed.
    With PostgreSQL it is a schema of the messages' database instead."""

    path: Path | None = None
    """The extraction to import: a file, plain or zipped, or a folder whose newest file is taken."""

    url: str = ""
    """Where it is fetched from instead: the last address, since redirections are not followed. Only https."""

    authorities: Path | None = None
    """PEM file: whose certificates that server may present; the system's authorities when there is none. The
    public one presents a certificate of IGC-Santé."""

    every: Seconds = 14400
    """How often a newer extraction is looked for."""

    sectors: Path | None = None
    """A second file, or a folder of them, that tells the sector of structures: the extraction does not, and
    pharmacies are known by it."""

    sector_column: str = "Code secteur d'activité"
    """The column of the sector in that file, as its header spells it."""

    sector_numbers: Words = (
        "Numéro FINESS site",
        "Numéro SIRET site",
        "Numéro FINESS établissement juridique",
    )
    """The columns of the structure's numbers there."""

    base: str = "o=annuaire"
    """The name under which the address book (LDAP) has everybody; mail programs ask for it."""

    results: Count = 100
    """The most entries that a mail program gets for one search of the address book."""

    searches: Count = 200
    """The most searches of the address book that one person makes in a minute: mail programs ask at each
    letter typed. One too many is answered «busy»."""

    least_share: Percent = 90
    """A file with fewer mailboxes than this share of the directory in place is refused."""

    least: Count = 1
    """A file with fewer mailboxes than this is refused, the first one too; the public one has 535,000."""

    warn_after: Days = 3
    """From this age of the directory on it is said to be old, wherever it is shown, and in the log."""

    @model_validator(mode="after")
    def _complete(self) -> "DirectorySection":
        if self.url and self.path is not None:
            raise ValueError("path and url are two places to import from: name one")
        if self.url and not is_safe(self.url):
            raise ValueError("url is an https address (http for this machine alone, by its number)")
        return self

    @property
    def stale_after(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(days=self.warn_after)
