"""What looks through the whole database asks of it, a page at a time: ``vaguemestre verify``, ``repair``."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId
from vaguemestre.service.ports.vault import SealedBody


class BalSums(NamedTuple):
    """The octets an account is said to hold, and those its messages have."""

    bal: BalId
    used: int
    counted: int


class MailboxEnds(NamedTuple):
    """What a mailbox says of its next UID and its latest change, and the greatest of each in its rows."""

    mailbox: MailboxId
    uid_next: int
    highest_modseq: int
    greatest_uid: int
    greatest_modseq: int


class NumberedBody(NamedTuple):
    """A body, and its row's number to go on from."""

    number: int
    body: SealedBody


class Survey(Protocol):
    """Reads pages; each of the two repairs recomputes one row from others, whatever stands there by then."""

    def bals(self, after: BalId, limit: int) -> list[BalSums]: ...  # noqa: D102 (by number)

    def mailboxes(self, after: MailboxId, limit: int) -> list[MailboxEnds]: ...  # noqa: D102 (by number)

    def without_body(self, mailboxes: Sequence[int]) -> list[tuple[MailboxId, int]]:
        """Messages whose body is not there: mailbox and UID."""
        ...

    def bodies(self, after: int, limit: int) -> list[NumberedBody]: ...  # noqa: D102 (by number)

    def body_count(self) -> int: ...  # noqa: D102 (of all accounts)

    def recount(self, bal: BalId) -> None:
        """``used`` becomes what its messages have."""
        ...

    def raise_ends(self, mailbox: MailboxId) -> None:
        """The next UID and the latest change become greater than, or equal to, what rows have; never less."""
        ...
