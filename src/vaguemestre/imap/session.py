"""Where a connection stands, and which commands it may give there: a table. RFC 9051 §3.

What the table lacks is BAD. Whether TLS allows LOGIN is the door's to know, as are accounts and mailboxes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

_ANY: Final = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "ID"})
_SIGNED_IN: Final = _ANY | {
    "APPEND",
    "COMPRESS",
    "CREATE",
    "DELETE",
    "DELETEACL",
    "ENABLE",
    "EXAMINE",
    "GETACL",
    "GETQUOTA",
    "GETQUOTAROOT",
    "IDLE",
    "LIST",
    "LISTRIGHTS",
    "LSUB",
    "MYRIGHTS",
    "NAMESPACE",
    "NOTIFY",
    "RENAME",
    "SELECT",
    "SETACL",
    "STATUS",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
}


class State(StrEnum):
    """RFC 9051 §3.1 to §3.4."""

    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


COMMANDS: Final[dict[State, frozenset[str]]] = {
    State.NOT_AUTHENTICATED: _ANY | {"STARTTLS", "LOGIN", "AUTHENTICATE"},
    State.AUTHENTICATED: _SIGNED_IN,
    State.SELECTED: _SIGNED_IN
    | {
        "CHECK",
        "CLOSE",
        "COPY",
        "EXPUNGE",
        "FETCH",
        "MOVE",
        "REPLACE",
        "SEARCH",
        "SORT",
        "STORE",
        "THREAD",
        "UID COPY",
        "UID EXPUNGE",
        "UID FETCH",
        "UID MOVE",
        "UID REPLACE",
        "UID SEARCH",
        "UID SORT",
        "UID STORE",
        "UID THREAD",
        "UNSELECT",
    },
    State.LOGOUT: frozenset(),
}
"""State × command. ENABLE passes with a mailbox open, for clients that select first (RFC 9051 §6.3.1)."""

WITHOUT_EXPUNGE: Final = frozenset({"FETCH", "STORE", "SEARCH", "SORT", "THREAD"})
"""Commands during which EXPUNGE is not sent; their UID forms are others. RFC 9051 §7.5.1, RFC 5256 §3."""

NUMBERING: Final = frozenset({"COPY", "FETCH", "MOVE", "REPLACE", "SEARCH", "SORT", "STORE", "THREAD"})
"""Commands that speak of messages by number; their UID forms are others. RFC 9586 §3.2, §3.8."""

REMOVING: Final = frozenset({"EXPUNGE", "MOVE", "REPLACE", "UID EXPUNGE", "UID MOVE", "UID REPLACE"})
"""Commands that take messages out of the mailbox that is open."""

ENABLES_UTF8: Final = frozenset({"IMAP4REV2", "UTF8=ACCEPT"})
"""Capabilities whose enabling makes mailbox names UTF-8. RFC 9051 §5.1, RFC 6855 §3."""


@dataclass(frozen=True, slots=True)
class Session:
    """One connection's place. ``enabled`` holds capabilities in capitals; every change makes a new value."""

    state: State = State.NOT_AUTHENTICATED
    enabled: frozenset[str] = frozenset()
    read_only: bool = False

    @property
    def utf8(self) -> bool:
        """Whether mailbox names travel in UTF-8."""
        return not self.enabled.isdisjoint(ENABLES_UTF8)

    @property
    def rev2(self) -> bool:
        """Whether the client enabled IMAP4rev2: ESEARCH for SEARCH, and so on (RFC 9051 §E)."""
        return "IMAP4REV2" in self.enabled

    @property
    def utf8_accept(self) -> bool:
        """Whether the client enabled UTF8=ACCEPT: every text that it says is UTF-8 (RFC 6855 §3)."""
        return "UTF8=ACCEPT" in self.enabled

    @property
    def condstore(self) -> bool:
        """Whether the client showed that it knows modification sequences (RFC 7162 §3.1)."""
        return not self.enabled.isdisjoint({"CONDSTORE", "QRESYNC"})

    @property
    def qresync(self) -> bool:
        """Whether expunges are told by UID, with VANISHED (RFC 7162 §3.2.10)."""
        return "QRESYNC" in self.enabled

    @property
    def tells_uids(self) -> bool:
        """Whether FETCH told unasked names UIDs (RFC 9051 §7.5.2, RFC 7162 §3.2.4)."""
        return self.rev2 or self.condstore

    @property
    def uid_only(self) -> bool:
        """Whether message numbers are neither told nor taken (RFC 9586 §3)."""
        return "UIDONLY" in self.enabled

    def allows(self, name: str) -> bool:
        """Whether the command of that name (in capitals, ``UID FETCH``) may be given now."""
        return name in COMMANDS[self.state]

    def signed_in(self) -> "Session":
        """LOGIN or AUTHENTICATE went well."""
        return replace(self, state=State.AUTHENTICATED)

    def selected(self, *, read_only: bool) -> "Session":
        """SELECT or EXAMINE went well."""
        return replace(self, state=State.SELECTED, read_only=read_only)

    def unselected(self) -> "Session":
        """CLOSE or UNSELECT, or a SELECT that failed: RFC 9051 §6.3.2."""
        return replace(self, state=State.AUTHENTICATED, read_only=False)

    def enabling(self, *capabilities: str) -> "Session":
        """These, in capitals, are enabled from now on."""
        return replace(self, enabled=self.enabled | set(capabilities))

    def logged_out(self) -> "Session":
        """BYE was said."""
        return replace(self, state=State.LOGOUT)
