"""How the command line fails: a status that means something, one sentence, and the mend.

A traceback is for whoever writes this server, not for whoever runs it: VAGUEMESTRE_TRACEBACK=1 shows it.
"""

import errno
import os
import sqlite3
import traceback
from enum import IntEnum

from vaguemestre.backup.sealing import BackupRefused
from vaguemestre.mail.address import AddressSyntaxError
from vaguemestre.mail.ins import with_ins_masked
from vaguemestre.net.listening import ListenError
from vaguemestre.net.tls import CertificateError
from vaguemestre.service.access.grants import AccessRefused
from vaguemestre.service.access.inspection import InspectionRefused
from vaguemestre.service.accounts.archive_opening import ArchiveRefused, ArchiveUnknown
from vaguemestre.service.accounts.birth_dates import BirthDateRefused
from vaguemestre.service.accounts.erasure_certificate import CertificateInvalid
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.administration.accounts import AdministratorRefused, AdministratorUnknown
from vaguemestre.service.conversations.oversight import ConversationUnknown
from vaguemestre.service.directory.address_book import ListingUnknown
from vaguemestre.service.held.messages import HeldUnknown
from vaguemestre.service.outbound.queue import QueuedUnknown
from vaguemestre.service.ports.directory import DirectoryRefused, SearchTooWide
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.ports.vault import KeyDestroyedError, SealBrokenError
from vaguemestre.service.telling.notification_text import TextError
from vaguemestre.settings import SettingsError
from vaguemestre.store.open import DatabaseUrlError, SchemaError
from vaguemestre.vault.archive_keys import ArchiveKeyError
from vaguemestre.vault.keys import MasterKeyError


class ExitStatus(IntEnum):
    """What a command leaves to its caller."""

    DONE = 0
    REFUSED = 1  # understood, and not done: a rule or a check says no
    USAGE = 2  # the command line itself is wrong
    NOT_FOUND = 3  # no such account, conversation or message
    CONFIGURATION = 4  # the settings, a key or a certificate cannot be used
    TEMPORARY = 5  # database locked, disk full: try again
    FAULT = 70  # a fault of ours, as sysexits.h numbers it
    INTERRUPTED = 130  # Ctrl-C: 128 + SIGINT


MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.DONE: "done",
    ExitStatus.REFUSED: "understood and refused, or a check found something wrong",
    ExitStatus.USAGE: "the command line is wrong",
    ExitStatus.NOT_FOUND: "no such account, conversation or message",
    ExitStatus.CONFIGURATION: "the settings, a key or a certificate cannot be used",
    ExitStatus.TEMPORARY: "the database is locked or the disk full: try again",
    ExitStatus.FAULT: "a fault of the program",
    ExitStatus.INTERRUPTED: "interrupted",
}
"""For the documentation: what each status means."""


class CommandFailed(Exception):  # noqa: N818 (a decision of the command, said to the operator)
    """A command ends here: the sentence, and the status to leave with."""

    def __init__(self, sentence: str, status: ExitStatus = ExitStatus.REFUSED) -> None:
        super().__init__(sentence)
        self.status = status


_STATUSES: tuple[tuple[type[Exception], ExitStatus], ...] = (
    (AccountUnknown, ExitStatus.NOT_FOUND),
    (AccountRefused, ExitStatus.REFUSED),
    (AccessRefused, ExitStatus.REFUSED),
    (BirthDateRefused, ExitStatus.REFUSED),
    (AddressSyntaxError, ExitStatus.USAGE),
    (SettingsError, ExitStatus.CONFIGURATION),
    (CertificateError, ExitStatus.CONFIGURATION),
    (ListenError, ExitStatus.CONFIGURATION),
    (MasterKeyError, ExitStatus.CONFIGURATION),
    (ArchiveKeyError, ExitStatus.CONFIGURATION),
    (CertificateInvalid, ExitStatus.REFUSED),
    (BackupRefused, ExitStatus.REFUSED),
    (SealBrokenError, ExitStatus.REFUSED),
    (ArchiveUnknown, ExitStatus.NOT_FOUND),
    (ArchiveRefused, ExitStatus.REFUSED),
    (DatabaseUrlError, ExitStatus.CONFIGURATION),
    (SchemaError, ExitStatus.CONFIGURATION),
    (ConversationUnknown, ExitStatus.NOT_FOUND),
    (HeldUnknown, ExitStatus.NOT_FOUND),
    (QueuedUnknown, ExitStatus.NOT_FOUND),
    (ListingUnknown, ExitStatus.NOT_FOUND),
    (DirectoryRefused, ExitStatus.REFUSED),
    (SearchTooWide, ExitStatus.REFUSED),
    (AdministratorUnknown, ExitStatus.NOT_FOUND),
    (AdministratorRefused, ExitStatus.REFUSED),
    (InspectionRefused, ExitStatus.REFUSED),
    (TextError, ExitStatus.CONFIGURATION),
    (KeyDestroyedError, ExitStatus.NOT_FOUND),
)

_TEMPORARY_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EMFILE, errno.ENFILE}


def explained(error: Exception) -> tuple[str, ExitStatus]:
    """The sentence for an error that reached the top, and the status to leave with."""
    if isinstance(error, CommandFailed):
        return with_ins_masked(str(error)), error.status
    for family, status in _STATUSES:
        if isinstance(error, family):
            return with_ins_masked(str(error)), status
    if isinstance(error, StoreBusyError | sqlite3.OperationalError):
        return f"The database does not answer ({error}). Try again.", ExitStatus.TEMPORARY
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        status = ExitStatus.TEMPORARY if error.errno in _TEMPORARY_ERRNOS else ExitStatus.REFUSED
        return f"{what}{error.strerror or error}", status
    if os.environ.get("VAGUEMESTRE_TRACEBACK"):
        traceback.print_exception(error)
    sentence = f"A fault of the program: {type(error).__name__}. VAGUEMESTRE_TRACEBACK=1 shows where."
    return sentence, ExitStatus.FAULT
