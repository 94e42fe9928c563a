"""What one client was told about the mailbox it has open. RFC 9051 §2.3.1.2, §7.5.1.

Sequence numbers are positions in this list, and they never lie: a message that somebody else expunged stays
in it, with its number, until the client has been told ``* n EXPUNGE`` at a moment when that is allowed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import cast

from vaguemestre.imap.sequence import SequenceSet
from vaguemestre.mail.mailbox import SeqNum, Uid


class View:
    """UIDs in ascending order, four octets each; the n-th is message n."""

    __slots__ = ("_gone", "_uids")

    def __init__(self, uids: Iterable[Uid] = ()) -> None:
        self._uids = array("I", uids)
        self._gone: set[Uid] = set()

    def __len__(self) -> int:
        return len(self._uids)

    @property
    def uids(self) -> Sequence[int]:
        """All of them, ascending; not to be changed."""
        return self._uids

    @property
    def last_uid(self) -> Uid:
        """The largest UID known, 0 when there is none."""
        return Uid(self._uids[-1] if self._uids else 0)

    @property
    def gone(self) -> frozenset[Uid]:
        """UIDs expunged in the mailbox that the client still counts."""
        return frozenset(self._gone)

    def uid(self, seqnum: SeqNum) -> Uid:
        """The UID of message ``seqnum``; IndexError when there is no such message."""
        if seqnum < 1:
            raise IndexError("sequence numbers begin at 1")
        return Uid(self._uids[seqnum - 1])

    def seqnum(self, uid: Uid) -> SeqNum | None:
        """The sequence number of a UID; None when the client does not know it."""
        at = bisect_left(self._uids, uid)
        known = at < len(self._uids) and self._uids[at] == uid
        return SeqNum(at + 1) if known else None

    def seqnums(self, uids: Sequence[Uid]) -> Sequence[SeqNum]:
        """The sequence numbers of ascending UIDs that the client knows; no list when they stand together."""
        wanted = array("I", uids)
        start = bisect_left(self._uids, wanted[0]) if wanted else 0
        numbers: Sequence[int] = range(start + 1, start + 1 + len(wanted))
        if self._uids[start : start + len(wanted)] != wanted:
            numbers = array("I", (bisect_left(self._uids, uid) + 1 for uid in wanted))
        return cast("Sequence[SeqNum]", numbers)

    def knows(self, messages: SequenceSet) -> bool:
        """Whether every sequence number of the set exists; when not, RFC 9051 §6.4 would have BAD."""
        top = len(self._uids)
        return messages.largest <= top and not (messages.has_star and top == 0)

    def spans(self, messages: SequenceSet, *, by_uid: bool) -> list[range]:
        """Where the members stand: ascending index ranges, to slice arrays that run along ``uids``.

        Numbers and UIDs that do not exist are left out.
        """
        return messages.spans(self._uids) if by_uid else messages.spans_of_count(len(self._uids))

    def numbered(self, messages: SequenceSet, *, by_uid: bool) -> Iterator[tuple[SeqNum, Uid]]:
        """Members as (sequence number, UID), ascending. Those that are ``gone`` are among them."""
        indexes = chain.from_iterable(self.spans(messages, by_uid=by_uid))
        return ((SeqNum(index + 1), Uid(self._uids[index])) for index in indexes)

    def select(self, messages: SequenceSet, *, by_uid: bool) -> list[Uid]:
        """The UIDs of the members, ascending."""
        return list(self.selected(messages, by_uid=by_uid))

    def selected(self, messages: SequenceSet, *, by_uid: bool) -> Sequence[Uid]:
        """As ``select``, four octets each."""
        uids = array("I")
        for span in self.spans(messages, by_uid=by_uid):
            uids += self._uids[span.start : span.stop]
        return cast("Sequence[Uid]", uids)

    def extend(self, uids: Iterable[Uid]) -> int:
        """Add messages that arrived; how many the client now knows, for EXISTS.

        UIDs not above the last one are passed over: the client knows them, or was told that they are gone.
        """
        last = self.last_uid
        self._uids.extend(sorted({uid for uid in uids if uid > last}))
        return len(self._uids)

    def mark_gone(self, uids: Iterable[Uid]) -> None:
        """These were expunged; the client keeps counting them until ``tell_gone``."""
        self._gone.update(uid for uid in uids if self.seqnum(uid) is not None)

    def tell_gone(self) -> list[SeqNum]:
        """What to announce, now that it is allowed: see ``expunge``."""
        gone, self._gone = self._gone, set()
        return self.expunge(gone)

    def expunge(self, uids: Iterable[Uid]) -> list[SeqNum]:
        """Remove messages; the numbers of ``* n EXPUNGE`` in the order to send them.

        Each number already counts the removals announced before it (RFC 9051 §7.5.1). UIDs that the client
        does not know are passed over.
        """
        leaving = {uid for uid in uids if self.seqnum(uid) is not None}
        if not leaving:
            return []
        indexes = sorted(bisect_left(self._uids, uid) for uid in leaving)
        self._gone -= leaving
        self._uids = array("I", (uid for uid in self._uids if uid not in leaving))
        return [SeqNum(index + 1 - before) for before, index in enumerate(indexes)]
