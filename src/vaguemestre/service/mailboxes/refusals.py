"""Why an operation on a mailbox is refused: our decision, with the word a door turns into its own code."""

from enum import StrEnum


class Reason(StrEnum):
    """The codes that such a refusal stands for. RFC 5530 §3.

    RFC 3516 §4.4, RFC 6154 §6 and RFC 7889 §4 have the others.
    """

    NONEXISTENT = "NONEXISTENT"
    ALREADY_EXISTS = "ALREADYEXISTS"
    CANNOT = "CANNOT"
    EXPUNGE_ISSUED = "EXPUNGEISSUED"
    HAS_CHILDREN = "HASCHILDREN"
    LIMIT = "LIMIT"
    NO_PERMISSION = "NOPERM"
    OVER_QUOTA = "OVERQUOTA"
    TOO_BIG = "TOOBIG"
    UNKNOWN_CTE = "UNKNOWN-CTE"
    USE_TAKEN = "USEATTR"


class MailboxRefused(Exception):  # noqa: N818 (a decision is a participle, CONTRIBUTING.md)
    """The operation was refused and nothing changed. ``text`` is fit for the client."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


def history_is_read_only() -> MailboxRefused:
    """Nobody changes what tells of accesses, its holder included."""
    sentence = "This mailbox tells who had access here: it can be read, and nothing else"
    return MailboxRefused(Reason.NO_PERMISSION, sentence)


def nonexistent() -> MailboxRefused:
    """No mailbox of that name in this bal."""
    return MailboxRefused(Reason.NONEXISTENT, "No such mailbox")
