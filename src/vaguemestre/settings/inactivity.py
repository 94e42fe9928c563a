"""The settings of ``[inactivity]``: what becomes of accounts in which nobody signs in. domain.md §3."""

from pydantic import field_validator

from vaguemestre.mail.bal import BalKind
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import DaysOrNever, Words


class InactivitySection(Section):
    """Accounts in which nobody signs in. Days since the last sign-in; 0 is never."""

    warn: DaysOrNever = 335
    """A notice in the mailbox."""

    suspend: DaysOrNever = 0
    """Nobody signs in until the operator resumes it; mail is still received."""

    close: DaysOrNever = 365
    """Closed, as the CNIL's AU-037 asks after one year."""

    kinds: Words = ("PER", "ORG", "APP", "CAB")
    """The kinds of mailboxes this is about."""

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            BalKind(kind)  # its error names the word
        return kinds

    @property
    def delays(self) -> tuple[int, int, int, frozenset[BalKind]]:
        """All of them, in the order in which they pass."""
        return self.warn, self.suspend, self.close, frozenset(map(BalKind, self.kinds))
