"""The mailbox that a client has open: what is there, what the client was told, what it must be told next.

Changes are noted as they are made and told at the moments RFC 9051 §7.5.1 allows: flags and new messages at
the end of any command, EXPUNGE not during FETCH, STORE and SEARCH, everything at once during IDLE.

A message that somebody else expunged stays readable until this client has been told (RFC 2180 §4.1.1): its
row is kept here, and its octets stay in the vault for some minutes.

What SEARCH saved (RFC 5182 §2.1) is kept here as UIDs, so it lasts no longer than the mailbox stays open, and
messages leave it as they leave the mailbox.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from vaguemestre.imap import codes, fetch_response, responses
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.flags import FlagNames
from vaguemestre.imap.sequence import LAST_RESULT, NOTHING, SequenceSet
from vaguemestre.imap.sequence_match import SequenceMatch
from vaguemestre.imap.session import Session as Place
from vaguemestre.imap.view import View
from vaguemestre.imapd.wishes import Wishes
from vaguemestre.mail.mailbox import SYSTEM_FLAGS, MessageRow, ModSeq, SeqNum, Uid, keyword_room
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox, Update


class Selected:
    """One client's place in one mailbox. ``on_news`` is called when there is something to tell.

    ``fixed`` are the keywords that this client may set without effect.
    """

    __slots__ = (
        "_arrived",
        "_changed",
        "_fixed",
        "_kept",
        "_keywords_told",
        "_leave",
        "_names",
        "_on_news",
        "_owed",
        "_renumbered",
        "_saved",
        "_told",
        "opened",
        "read_only",
        "view",
    )

    def __init__(
        self, read_only: bool, on_news: Callable[[], None], fixed: frozenset[str] = frozenset()
    ) -> None:
        self.read_only = read_only
        self.view = View()
        self.opened: OpenMailbox
        self._names = FlagNames()
        self._keywords_told: tuple[str, ...] = ()
        self._changed: set[Uid] = set()
        self._owed: set[Uid] = set()  # whose flags the client is told in any case, as an answer
        self._arrived: list[Uid] = []  # told of, and not fetched for a client that wants that
        self._kept: dict[Uid, MessageRow] = {}  # of messages that are gone, and still counted
        self._renumbered: set[Uid] = set()
        self._told = ModSeq(0)
        self._leave: Callable[[], None] = _nothing
        self._on_news = on_news
        self._fixed = fixed
        self._saved = NOTHING

    def enter(self, opened: OpenMailbox, leave: Callable[[], None]) -> None:
        """The mailbox is open: the client will be told of all that is in it now."""
        self.opened = opened
        self._leave = leave
        self._keywords_told = opened.keywords
        self.view = View(opened.uids)
        self._changed.clear()
        self._owed.clear()
        self._arrived.clear()
        self._kept.clear()
        self._renumbered.clear()
        self._told = opened.modseq

    def leave(self) -> None:
        """The client left the mailbox. May be called twice."""
        self._leave()
        self._leave = _nothing

    @property
    def names(self) -> FlagNames:
        """The flags of this bal, those learnt since included."""
        if self._names.keywords != self.opened.keywords:
            self._names = FlagNames(self.opened.keywords)
        return self._names

    def learn(self, update: Update) -> None:
        """Something changed in the mailbox, by whomever."""
        known = self.view.last_uid
        self._changed.update(row.uid for row in update.rows if row.uid <= known)
        self.view.mark_gone(row.uid for row in update.vanished)
        self._kept.update((row.uid, row) for row in update.vanished if row.uid <= known)
        self._on_news()

    def uids(self, messages: SequenceSet, by_uid: bool) -> list[Uid]:
        """The UIDs meant by the client, ascending; CommandSyntaxError for numbers it cannot know."""
        messages, by_uid = self._known(messages, by_uid)
        return self.view.select(messages, by_uid=by_uid)

    def matching(self, messages: SequenceSet) -> list[Uid]:
        """The UIDs of those sequence numbers that exist, ascending: a key of SEARCH. RFC 9051 §6.4.4.

        There a set is a criterion, not what to act upon: iOS and K-9 search ``1:*`` in empty mailboxes, and
        nothing matches, where RFC 9051 §9 would have BAD.
        """
        if messages == LAST_RESULT:
            return self.uids(messages, by_uid=False)
        return self.view.select(messages, by_uid=False)

    def rows(self, messages: SequenceSet, by_uid: bool) -> tuple[Sequence[SeqNum], list[MessageRow]]:
        """Side by side, the numbers and rows of the messages meant; those that are gone are left out."""
        rows, uids = self.opened.rows, self._meant(messages, by_uid)
        if not self.view.gone:
            return self.view.seqnums(uids), list(map(rows.__getitem__, uids))
        there = [row for uid in uids if (row := rows.get(uid)) is not None]
        return self.view.seqnums([row.uid for row in there]), there

    def readable(self, messages: SequenceSet, by_uid: bool) -> tuple[list[MessageRow], int]:
        """The rows of the messages meant, those gone as they last were; and how many are not there at all."""
        rows, uids = self.opened.rows, self._meant(messages, by_uid)
        if not self.view.gone:
            return list(map(rows.__getitem__, uids)), 0
        found = (rows.get(uid) or self._kept.get(uid) for uid in uids)
        there = [row for row in found if row is not None]
        return there, len(uids) - len(there)

    def _meant(self, messages: SequenceSet, by_uid: bool) -> Sequence[Uid]:
        """As ``uids``, in a form that takes no place."""
        messages, by_uid = self._known(messages, by_uid)
        return self.view.selected(messages, by_uid=by_uid)

    def save(self, uids: Iterable[Uid]) -> None:
        """From now on ``$`` is these."""
        self._saved = SequenceSet.of(uids)

    def _known(self, messages: SequenceSet, by_uid: bool) -> tuple[SequenceSet, bool]:
        """The set meant, and whether of UIDs; CommandSyntaxError for numbers the client cannot know."""
        if messages == LAST_RESULT:
            gone = self.view.gone
            if gone:
                left = (uid for uid in self.view.select(self._saved, by_uid=True) if uid not in gone)
                self._saved = SequenceSet.of(left)
            return self._saved, True
        if not by_uid and not self.view.knows(messages):
            raise CommandSyntaxError("There is no message of that number")
        return messages, by_uid

    async def vanished(
        self, among: SequenceSet, after: int, match: SequenceMatch | None = None
    ) -> SequenceSet:
        """UIDs of the set expunged after a modseq, but those that the client still counts. RFC 7162 §3.2.10.

        ``*`` is the last UID ever given: the message that had it may be one of them. When it is forgotten
        what was expunged since, they are all that are not there (RFC 7162 §3.2.6) and that are not known to
        the client to be gone, by the sample it gives.
        """
        view, opened = self.view, self.opened
        remembered = await opened.vanished(ModSeq(after))
        top = opened.mailbox.uid_next - 1
        if remembered is None:
            there = (*view.uids, *opened.uids[bisect_right(opened.uids, view.last_uid) :])
            return among.absent(there, top, after=match.intact(view.uids) if match is not None else 0)
        ranges = SequenceSet(tuple(among.resolved(top)))
        meant = (remembered[at] for span in ranges.spans(remembered) for at in span)
        # A message still in the rows, and not yet counted, is told as any: first that it came.
        return SequenceSet.of(uid for uid in meant if view.seqnum(uid) is None and uid not in opened.rows)

    def flags_told(self, uids: Iterable[Uid]) -> None:
        """The client knows the present flags of these."""
        self._changed.difference_update(uids)
        self._owed.difference_update(uids)

    def flags_changed(self, uids: Iterable[Uid]) -> None:
        """The client must be told the flags of these, whatever it wants to be told: it has asked."""
        self._owed.update(uids)

    def modseqs_changed(self, uids: Iterable[Uid]) -> None:
        """The client knows the flags of these, and not what their modseq has become."""
        self._renumbered.update(uids)

    def modseq_line(self) -> bytes:
        """The modseq up to which the client was told everything: what it may resynchronise from."""
        return responses.ok(None, "Highest modification sequence", codes.highestmodseq(self._told))

    def take_arrived(self) -> list[Uid]:
        """The messages that the client was told of since, for whom ``Wishes.items`` are to be fetched."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def news(
        self,
        place: Place,
        wishes: Wishes,
        *,
        with_expunge: bool,
        with_uid: bool = False,
        unasked: bool = False,
    ) -> bytes:
        """What the client is to be told now; empty when there is nothing.

        ``unasked``: no command is being run that this would end.
        """
        view, opened = self.view, self.opened
        pieces: list[bytes] = []
        if with_expunge and wishes.messages and view.gone:
            gone = sorted(view.gone)
            seqnums = view.tell_gone()
            tells_vanished = place.qresync or place.uid_only
            self._kept.clear()
            pieces.append(responses.vanished(gone) if tells_vanished else responses.expunged(seqnums))
        if self._keywords_told != opened.keywords:
            self._keywords_told = opened.keywords
            pieces.append(self.flags_line())
        fresh: Sequence[Uid] = opened.uids[bisect_right(opened.uids, view.last_uid) :]
        if fresh and wishes.messages:
            pieces.append(responses.exists(view.extend(fresh)))
            if wishes.items:
                self._arrived.extend(fresh)
            fresh = ()
        changed, self._owed = self._owed, set()
        if wishes.flags:
            changed |= self._changed
            self._changed.clear()
        else:
            self._changed -= changed
        if changed or self._renumbered:
            # RFC 5465 §5.1: UIDs, for whom numbers may change at any time.
            names_uids = with_uid or place.tells_uids or wishes.at_once
            pieces.extend(self._flag_lines(place, changed, names_uids))
        if not (view.gone or fresh or self._changed):
            self._told = opened.modseq
        elif place.qresync and (pieces or not unasked):
            # The client would take the highest MODSEQ it saw for where it stands, and never ask for these.
            pieces.append(self.modseq_line())
        return b"".join(pieces)

    def flags_line(self) -> bytes:
        r"""FLAGS and PERMANENTFLAGS as they are now: ``\*`` only while new keywords still fit."""
        names = self.names
        room = keyword_room(names.keywords) > 0
        if self.read_only:
            permanent = codes.permanentflags(b"", new_keywords=False)
        elif self.opened.mailbox.is_history:
            permanent = codes.permanentflags(SYSTEM_FLAGS[0].encode("ascii"), new_keywords=False)
        else:
            permanent = codes.permanentflags(names.all(without=self._fixed), new_keywords=room)
        return responses.flags(names.all()) + responses.ok(None, "Flags that stay", permanent)

    def _flag_lines(self, place: Place, changed: set[Uid], with_uid: bool) -> list[bytes]:
        names, rows, uid_only = self.names, self.opened.rows, place.uid_only
        lines = []
        for uid in sorted(changed | self._renumbered if place.condstore else changed):
            seqnum, row = self.view.seqnum(uid), rows.get(uid)
            if seqnum is not None and row is not None:
                printed = names.printed(row.flags) if uid in changed else None
                modseq = row.modseq if place.condstore else None
                number, named = (uid, None) if uid_only else (seqnum, uid if with_uid else None)
                line = fetch_response.flags_line(number, printed, named, modseq, uid_only=uid_only)
                lines.append(line)
        self._renumbered.clear()
        return lines


def _nothing() -> None:
    """There is no mailbox to leave."""
