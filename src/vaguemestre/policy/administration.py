"""Who may do what in the console: one table of roles and permissions. domain.md §3 (traces, access).

Each role has what its work needs and no more. Reading what somebody wrote is for one role alone, which
looks after the service and answers for it; whoever checks that work does not do it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in the console; one each."""

    OPERATOR = "operator"
    SUPPORT = "support"
    AUDITOR = "auditor"
    DIRECTORY = "directory"


class Permission(StrEnum):
    """What a screen, or a button on it, asks for."""

    SEE_MAILBOXES = "see mailboxes"
    READ_CONTENT = "read content"
    LET_READ = "let others read content"
    SEE_WARRANTS = "see who reads content"
    TRACE_MESSAGES = "trace messages"
    SEE_CONVERSATIONS = "see conversations"
    CLOSE_CONVERSATIONS = "close conversations"
    SEE_QUEUE = "see the queue"
    STEER_QUEUE = "steer the queue"
    SEE_TRUST = "see the trust list"
    SEE_DIRECTORY = "see the directory"
    SEE_HEALTH = "see the service's health"
    SEE_STATISTICS = "see statistics"
    SEE_AUDIT = "see the audit of the journal"
    SEE_ADMINISTRATORS = "see administrators"


ALLOWED: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OPERATOR: frozenset(Permission),
    Role.SUPPORT: frozenset(
        {
            Permission.SEE_MAILBOXES,
            Permission.TRACE_MESSAGES,
            Permission.SEE_CONVERSATIONS,
            Permission.CLOSE_CONVERSATIONS,
            Permission.SEE_QUEUE,
            Permission.SEE_DIRECTORY,
            Permission.SEE_HEALTH,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.SEE_MAILBOXES,
            Permission.SEE_WARRANTS,
            Permission.TRACE_MESSAGES,
            Permission.SEE_CONVERSATIONS,
            Permission.SEE_QUEUE,
            Permission.SEE_TRUST,
            Permission.SEE_DIRECTORY,
            Permission.SEE_HEALTH,
            Permission.SEE_STATISTICS,
            Permission.SEE_AUDIT,
            Permission.SEE_ADMINISTRATORS,
        }
    ),
    Role.DIRECTORY: frozenset({Permission.SEE_DIRECTORY, Permission.SEE_TRUST}),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether the table has it."""
    return permission in ALLOWED[role]
