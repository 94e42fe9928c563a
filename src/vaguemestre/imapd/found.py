"""What was found is told, saved, or both. RFC 9051 §6.4.4, RFC 4731 §3.1, RFC 5182 §2, RFC 7162 §3.1.6.

MIN, MAX and PARTIAL name a few of the messages found. Beside those alone, only what they name is saved (RFC
5182 §2.4, RFC 9394 §3.2) and counts for MODSEQ (RFC 4731 §3.2); ALL and COUNT speak of everything found.

A search that is answered NO saves nothing, so ``$`` is empty after it; one that is BAD leaves it as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from vaguemestre.imap import responses
from vaguemestre.imap.commands.search import ReturnOption, Search, SearchReturn
from vaguemestre.imap.commands.sort import Sort
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.partial_range import PartialRange
from vaguemestre.imap.search_key import asks_for_modseq
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import MessageRow, ModSeq, SeqNum

Returns = frozenset[ReturnOption] | None


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
    named = _named([row for _, row in found], returns or frozenset())
    modseq = max((row.modseq for row in named), default=None) if asks_for_modseq(command.key) else None
    if returns is None:
        session.out.write(plain(numbers, modseq))
        return
    if SearchReturn.SAVE in returns:
        session.open.save(row.uid for row in named)
    if returns != {SearchReturn.SAVE}:
        session.out.write(responses.esearch(session.tag, numbers, returns, by_uid=by_uid, modseq=modseq))


def _named(found: Sequence[MessageRow], returns: frozenset[ReturnOption]) -> Sequence[MessageRow]:
    """Those of the messages found that the answer names; one may stand twice."""
    if not found or returns & {SearchReturn.ALL, SearchReturn.COUNT} or returns <= {SearchReturn.SAVE}:
        return found
    named: list[MessageRow] = []
    for option in returns:
        if isinstance(option, PartialRange):
            named.extend(option.of(found))
        elif option is not SearchReturn.SAVE:
            named.append(found[0] if option is SearchReturn.MIN else found[-1])
    return named
