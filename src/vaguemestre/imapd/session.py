"""One client's session: who it is, where it stands, what it has open. Commands act on this.

How octets come and go is the connection's affair; what a client may do when is ``imap/session.py``'s table.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from vaguemestre.imap import capabilities
from vaguemestre.imap.frame import Framer, after_sign_in
from vaguemestre.imap.session import Session as Place
from vaguemestre.imap.session import State
from vaguemestre.imapd.accounts import Guest
from vaguemestre.imapd.elsewhere import Elsewhere
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.output import Output
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.shared import Shared
from vaguemestre.imapd.wishes import AS_EVER, NOTHING, Wishes
from vaguemestre.mail.access import Deed
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import (
    ACCESS_HISTORY,
    CONVERSATION_CLOSED,
    MARKED_BLOCKED,
    SYSTEM_FLAGS,
    MailboxId,
    MessageRow,
    Uid,
)
from vaguemestre.policy.access import may
from vaguemestre.service.conversations.keywords import not_permanent
from vaguemestre.service.mailboxes.appending import Appending
from vaguemestre.service.mailboxes.names import canonical
from vaguemestre.service.sign_in.outcome import Channel, Reader, SignedIn

_GUARDED: Final = ((SYSTEM_FLAGS[3], Deed.DELETE), (CONVERSATION_CLOSED, Deed.CLOSE))
"""Flags that a reader sets with a right alone."""

LineReader = Callable[[bytes], Awaitable[Done | None]]
"""Takes a line that is no command; None when it waits for another."""


class Wire(Guest, Protocol):
    """What a command may ask of the connection it came by."""

    @property
    def is_tls(self) -> bool:
        """Whether TLS protects it."""
        ...

    @property
    def certificate(self) -> bytes | None:
        """What the client showed of itself, in DER."""
        ...

    @property
    def is_compressed(self) -> bool:
        """Whether both sides speak DEFLATE."""
        ...

    def start_compression(self) -> None:
        """Compress what is written from now on, and take what comes as compressed."""
        ...

    def wake(self) -> None:
        """There is something to tell: see to it, unless a command is being run, after which it is told."""
        ...

    async def start_tls(self) -> None:
        """Begin TLS as a server. Raises OSError when the handshake fails."""
        ...


class ClientSession:
    """Made by a connection for its client. ``tag`` is that of the command being run."""

    __slots__ = (
        "appending",
        "elsewhere",
        "failures",
        "framer",
        "idling",
        "line_reader",
        "mistakes",
        "out",
        "place",
        "selected",
        "shared",
        "shown",
        "signed_in",
        "tag",
        "wire",
        "wishes",
    )

    def __init__(self, shared: Shared, framer: Framer, out: Output, wire: Wire) -> None:
        self.shared = shared
        self.framer = framer
        self.out = out
        self.wire = wire
        self.place = Place()
        self.signed_in: SignedIn | None = None
        self.shown: defaultdict[MailboxId, set[Uid]] = defaultdict(set)
        """Whose content a reader was shown in this session: that is written down once."""
        self.selected: Selected | None = None
        self.tag = b""
        self.idling = False
        self.failures = 0
        self.mistakes = 0
        self.line_reader: LineReader | None = None
        self.appending: list[Appending] = []
        self.wishes = AS_EVER
        self.elsewhere: Elsewhere | None = None

    @property
    def holder(self) -> Bal:
        """The account that is open; only for commands that the table allows after sign-in."""
        if self.signed_in is None:
            raise LookupError("nobody signed in")
        return self.signed_in.bal

    @property
    def reader(self) -> Reader | None:
        """Who is at work in the account when it is not his; his rights as they were at the last command."""
        return self.signed_in.reader if self.signed_in is not None else None

    @property
    def open(self) -> Selected:
        """The mailbox that is open; only for commands that the table allows then."""
        if self.selected is None:
            raise LookupError("no mailbox is open")
        return self.selected

    @property
    def mailbox_id(self) -> MailboxId | None:
        """Which mailbox is open, if any."""
        return self.selected.opened.mailbox.id if self.selected is not None else None

    @property
    def is_watching(self) -> bool:
        """Whether the client asked with NOTIFY to be told of events though it gives no command."""
        return self.wishes.at_once or self.elsewhere is not None

    @property
    def channel(self) -> Channel:
        """The connection, as those see it who look after sign-ins."""
        context = self.shared.tls_context
        if context is None or not self.wire.is_tls:
            return Channel("imap", self.wire.peer)
        shown = self.wire.certificate if context.asks_clients else None
        return Channel("imap", self.wire.peer, context.end_point, shown, context.fault_in(shown))

    @property
    def may_sign_in(self) -> bool:
        """Whether a password may travel by this connection."""
        return self.shared.may_sign_in(self.wire.peer, self.wire.is_tls)

    def capabilities(self) -> tuple[str, ...]:
        """What is announced to this client, now."""
        may_start_tls = not self.wire.is_tls and self.shared.tls_context is not None
        return capabilities.announced(
            self.place.state,
            may_sign_in=self.may_sign_in,
            may_start_tls=may_start_tls,
            mechanisms=self.shared.authentication.mechanisms(self.channel),
            append_limit=self.shared.mailboxes.max_message,
            may_compress=not self.wire.is_compressed,
        )

    def sign_in(self, found: SignedIn) -> None:
        """From now on the client is this account, and may say more at once; another of its may have to go."""
        self.shared.accounts.enter(found.bal.id, self.wire, self.shared.limits.connections_per_account)
        self.signed_in = found
        self.place = self.place.signed_in()
        self.framer.limits = after_sign_in(self.shared.mailboxes.max_message)

    def expect_line(self, reader: LineReader) -> None:
        """The next line is for this reader, not a command."""
        self.line_reader = reader
        self.framer.expect_line()

    async def select(self, name: str, read_only: bool) -> Selected:
        """Open a mailbox; whatever was open must have been left. Raises MailboxRefused."""
        if self.reader is not None:
            await self.shared.mailboxes.looks(self.holder.id, name, self.reader)
            read_only = read_only or canonical(name) == ACCESS_HISTORY
        selected = Selected(read_only, self.push, self._not_permanent(name))
        opened, leave = await self.shared.mailboxes.open(self.holder.id, name, selected.learn)
        selected.enter(opened, leave)
        self.selected = selected
        self.place = self.place.selected(read_only=read_only)
        return selected

    def _not_permanent(self, name: str) -> frozenset[str]:
        """The flags that setting does nothing to, there."""
        fixed = not_permanent(self.holder)
        if self.reader is None:
            return fixed
        return fixed | {
            MARKED_BLOCKED,
            *(flag for flag, deed in _GUARDED if not may(self.reader.rights, deed)),
        }

    async def note_opened(self, rows: Sequence[MessageRow]) -> None:
        """A reader is about to be shown what these messages hold. Raises MailboxRefused, StoreBusyError."""
        if self.reader is None:
            return
        opened, shown = self.open.opened, self.shown[self.open.opened.mailbox.id]
        new = {row.uid for row in rows} - shown
        if new:
            await opened.opens(self.holder, self.reader, len(new))
            shown |= new

    def unselect(self) -> None:
        """Leave the mailbox that is open, if any."""
        if self.selected is not None:
            self.selected.leave()
            self.selected = None
        if self.place.state is State.SELECTED:
            self.place = self.place.unselected()

    def enable(self, *capabilities: str) -> None:
        """These are on from now on. A client new to CONDSTORE learns where its open mailbox stands."""
        knew = self.place.condstore
        self.place = self.place.enabling(*capabilities)
        if self.place.condstore and not knew and self.selected is not None:
            self.out.write(self.selected.modseq_line())

    def push(self) -> None:
        """Tell an idling client what is new, at once; not one that does not read: it is told later.

        Who gave NOTIFY is told whether it idles or not, by ``telling``.
        """
        if self.out.stalled_since is not None:
            return
        if self.is_watching:
            self.wire.wake()
        elif self.idling and self.tell_news(self.wishes, with_expunge=True):
            self.out.flush()

    def tell_news(
        self, wishes: Wishes, *, with_expunge: bool, with_uid: bool = False, unasked: bool = False
    ) -> bool:
        """What is new in the mailbox that is open, if one is; whether there was anything."""
        if self.selected is None:
            return False
        news = self.selected.news(
            self.place, wishes, with_expunge=with_expunge, with_uid=with_uid, unasked=unasked
        )
        self.out.write(news)
        return bool(news)

    def watch(self, wishes: Wishes, elsewhere: Elsewhere | None) -> None:
        """From now on the client is told this, and nothing of what it wanted before."""
        if self.elsewhere is not None:
            self.elsewhere.leave()
        self.wishes, self.elsewhere = wishes, elsewhere

    def end(self) -> None:
        """The connection is over: let go of everything. May be called twice."""
        self.idling = False
        if self.signed_in is not None:
            self.shared.accounts.leave(self.signed_in.bal.id, self.wire)
        self.watch(NOTHING, None)
        self.unselect()
        self.forget_appending()

    def forget_appending(self) -> None:
        """The messages of a command that is over: they are filed, or never will be. May be called twice."""
        for message in self.appending:
            message.discard()
        self.appending = []
