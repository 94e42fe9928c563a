"""What was found is told, saved, or both. RFC 9051 §6.4.4, RFC 4731 §3.1, RFC 5182 §2, RFC 7162 §3.1.5.

A search that is answered NO saves nothing, so ``$`` is empty after it; one that is BAD leaves it as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from vaguemestre.imap import responses
from vaguemestre.imap.commands.search import Search, SearchReturn
from vaguemestre.imap.commands.sort import Sort
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.search_key import asks_for_modseq
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import MessageRow, ModSeq, SeqNum, Uid

T = TypeVar("T")
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
    command: Search | Sort,
    plain: Callable[[Sequence[int], ModSeq | None], bytes],
) -> None:
    """Answer as RETURN asks; without it, as ``plain`` prints. ``found`` stands in the order to be told."""
    returns, by_uid = command.returns, command.by_uid
    numbers: list[int] = [row.uid if by_uid else seqnum for seqnum, row in found]
    modseq = _highest([row for _, row in found], returns) if asks_for_modseq(command.key) else None
    if returns is None:
        session.out.write(plain(numbers, modseq))
        return
    if SearchReturn.SAVE in returns:
        session.open.save(_saved([row.uid for _, row in found], returns))
    if returns != {SearchReturn.SAVE}:
        session.out.write(responses.esearch(session.tag, numbers, returns, by_uid=by_uid, modseq=modseq))


def _saved(uids: Sequence[Uid], returns: frozenset[SearchReturn]) -> Sequence[Uid]:
    """RFC 5182 §2.4: beside MIN or MAX alone, only the messages that those name are saved."""
    return _ends(uids, returns)


def _highest(rows: Sequence[MessageRow], returns: Returns) -> ModSeq | None:
    """None when nothing was found. RFC 4731 §3.2: beside MIN or MAX alone, only what they name counts."""
    return max((row.modseq for row in _ends(rows, returns or frozenset())), default=None)


def _ends(found: Sequence[T], returns: frozenset[SearchReturn]) -> Sequence[T]:
    ends = returns & {SearchReturn.MIN, SearchReturn.MAX}
    if not found or not ends or returns & {SearchReturn.ALL, SearchReturn.COUNT}:
        return found
    return [found[0] if end is SearchReturn.MIN else found[-1] for end in ends]
