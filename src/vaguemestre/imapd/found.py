"""What was found is told, saved, or both. RFC 9051 §6.4.4, RFC 4731 §3.1, RFC 5182 §2.

A search that is answered NO saves nothing, so ``$`` is empty after it; one that is BAD leaves it as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from vaguemestre.imap import responses
from vaguemestre.imap.commands.search import SearchReturn
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import MessageRow, SeqNum, Uid

Returns = frozenset[SearchReturn] | None


@contextmanager
def saving(selected: Selected, returns: Returns) -> Iterator[None]:
    """Around a search: should it fail, nothing is saved. RFC 5182 §2.1."""
    try:
        yield
    except CommandSyntaxError:
        raise
    except Exception:
        if returns is not None and SearchReturn.SAVE in returns:
            selected.save(())
        raise


def tell(
    session: ClientSession,
    found: Sequence[tuple[SeqNum, MessageRow]],
    returns: Returns,
    by_uid: bool,
    plain: Callable[[Sequence[int]], bytes],
) -> None:
    """Answer as RETURN asks; without it, as ``plain`` prints. ``found`` stands in the order to be told."""
    numbers: list[int] = [row.uid if by_uid else seqnum for seqnum, row in found]
    if returns is None:
        session.out.write(plain(numbers))
        return
    if SearchReturn.SAVE in returns:
        session.open.save(_saved([row.uid for _, row in found], returns))
    if returns != {SearchReturn.SAVE}:
        session.out.write(responses.esearch(session.tag, numbers, returns, by_uid=by_uid))


def _saved(uids: Sequence[Uid], returns: frozenset[SearchReturn]) -> Sequence[Uid]:
    """RFC 5182 §2.4: beside MIN or MAX alone, only the messages that those name are saved."""
    ends = returns & {SearchReturn.MIN, SearchReturn.MAX}
    if not uids or not ends or returns & {SearchReturn.ALL, SearchReturn.COUNT}:
        return uids
    return [uids[0] if end is SearchReturn.MIN else uids[-1] for end in ends]
