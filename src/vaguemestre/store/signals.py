"""How processes say to one another what has changed: ``bal.mailbox.modseq,…``. architecture.md, Lanes."""

from collections.abc import Iterable, Iterator

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import MailboxId, ModSeq


def spoken(changes: Iterable[Change], at_once: int) -> Iterator[str]:
    """The latest change of each mailbox, ``at_once`` at most in each text."""
    latest: dict[MailboxId, Change] = {}
    for change in changes:
        known = latest.get(change.mailbox)
        if known is None or known.modseq < change.modseq:
            latest[change.mailbox] = change
    words = [f"{change.bal}.{change.mailbox}.{change.modseq}" for change in latest.values()]
    for start in range(0, len(words), at_once):
        yield ",".join(words[start : start + at_once])


def understood(text: str) -> Iterator[Change]:
    """The changes of such a text. Raises ValueError for what is none, such as what another release says."""
    for word in text.split(","):
        bal, mailbox, modseq = map(int, word.split("."))
        yield Change(BalId(bal), MailboxId(mailbox), ModSeq(modseq))
