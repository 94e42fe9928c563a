"""How the command line fails: a status that means something, one sentence, and the mend.

A traceback is for whoever writes this server, not for whoever runs it: VAGUEMESTRE_TRACEBACK=1 shows it.
"""

import errno
import os
import sqlite3
import traceback
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from vaguemestre.mail.ins import with_ins_masked


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


_STATUSES: Final[Mapping[str, ExitStatus]] = {
    "vaguemestre.service.accounts.keeping.AccountUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.accounts.keeping.AccountRefused": ExitStatus.REFUSED,
    "vaguemestre.service.access.grants.AccessRefused": ExitStatus.REFUSED,
    "vaguemestre.service.accounts.birth_dates.BirthDateRefused": ExitStatus.REFUSED,
    "vaguemestre.mail.address.AddressSyntaxError": ExitStatus.USAGE,
    "vaguemestre.settings.reading.SettingsError": ExitStatus.CONFIGURATION,
    "vaguemestre.net.tls.CertificateError": ExitStatus.CONFIGURATION,
    "vaguemestre.net.listening.ListenError": ExitStatus.CONFIGURATION,
    "vaguemestre.vault.keys.MasterKeyError": ExitStatus.CONFIGURATION,
    "vaguemestre.vault.archive_keys.ArchiveKeyError": ExitStatus.CONFIGURATION,
    "vaguemestre.service.accounts.erasure_certificate.CertificateInvalid": ExitStatus.REFUSED,
    "vaguemestre.service.ports.time_stamps.StampInvalid": ExitStatus.REFUSED,
    "vaguemestre.backup.sealing.BackupRefused": ExitStatus.REFUSED,
    "vaguemestre.service.ports.vault.SealBrokenError": ExitStatus.REFUSED,
    "vaguemestre.service.accounts.archive_opening.ArchiveUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.accounts.archive_opening.ArchiveRefused": ExitStatus.REFUSED,
    "vaguemestre.store.open.DatabaseUrlError": ExitStatus.CONFIGURATION,
    "vaguemestre.store.open.SchemaError": ExitStatus.CONFIGURATION,
    "vaguemestre.service.conversations.oversight.ConversationUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.held.messages.HeldUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.outbound.queue.QueuedUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.directory.address_book.ListingUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.ports.directory.DirectoryRefused": ExitStatus.REFUSED,
    "vaguemestre.service.ports.directory.SearchTooWide": ExitStatus.REFUSED,
    "vaguemestre.service.administration.accounts.AdministratorUnknown": ExitStatus.NOT_FOUND,
    "vaguemestre.service.administration.accounts.AdministratorRefused": ExitStatus.REFUSED,
    "vaguemestre.service.access.inspection.InspectionRefused": ExitStatus.REFUSED,
    "vaguemestre.service.telling.notification_text.TextError": ExitStatus.CONFIGURATION,
    "vaguemestre.service.ports.vault.KeyDestroyedError": ExitStatus.NOT_FOUND,
}
"""By the full name of the error, or of one that it descends from: nothing is loaded to be compared."""

_BUSY: Final = "vaguemestre.service.ports.store.StoreBusyError"
_TEMPORARY_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EMFILE, errno.ENFILE}


def explained(error: Exception) -> tuple[str, ExitStatus]:
    """The sentence for an error that reached the top, and the status to leave with."""
    if isinstance(error, CommandFailed):
        return with_ins_masked(str(error)), error.status
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    for name in names:
        if name in _STATUSES:
            return with_ins_masked(str(error)), _STATUSES[name]
    if _BUSY in names or isinstance(error, sqlite3.OperationalError):
        return f"The database does not answer ({error}). Try again.", ExitStatus.TEMPORARY
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        status = ExitStatus.TEMPORARY if error.errno in _TEMPORARY_ERRNOS else ExitStatus.REFUSED
        return f"{what}{error.strerror or error}", status
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        # How Python hands over octets that are no UTF-8: a paste from an old terminal, a file of another age.
        return "What was given is not written in UTF-8.", ExitStatus.USAGE
    if os.environ.get("VAGUEMESTRE_TRACEBACK"):
        traceback.print_exception(error)
    sentence = f"A fault of the program: {type(error).__name__}. VAGUEMESTRE_TRACEBACK=1 shows where."
    return sentence, ExitStatus.FAULT
