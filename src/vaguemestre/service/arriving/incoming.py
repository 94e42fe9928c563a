"""One message on its way in: octets are taken as they arrive, read and spooled, and nothing is lost.

The header is held back until it is complete, so that the trace fields of RFC 5321 §4.4 and what a
submission server adds (Date and Message-ID when they lack: RFC 6409 §8) stand before it; the sender's own
octets follow exactly as they came.
"""

import hashlib
import re
import secrets
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final, Generic, TypeVar

from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.headers import message_ids
from vaguemestre.mime.reader import MessageReader, ReadMessage
from vaguemestre.policy.limits import Bound
from vaguemestre.policy.rules.senders import message_too_large
from vaguemestre.service.arriving.full_disk import is_full
from vaguemestre.service.conversations.references import ConversationReferences
from vaguemestre.service.ports.vault import Spool

_MAX_HEADER: Final = 256 * 1024  # octets held back at most; past it the message goes on without additions
_END_OF_HEADER: Final = b"\r\n\r\n"
_HAS_DATE: Final = re.compile(rb"^date[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID: Final = re.compile(
    rb"^message-id[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE
)
_HAS_SENDER: Final = re.compile(rb"^sender[ \t]*:", re.IGNORECASE | re.MULTILINE)
_NO_ROOM: Final = Reply(
    452,
    3,
    1,
    "There is no room for this message now: try again later",
    "Il n'y a pas de place pour ce message maintenant : réessayez plus tard",
)


@lru_cache(2)
def _spelt(second: datetime) -> str:
    """A thousand messages may come in a second, and it takes 4 µs."""
    return format_datetime(second)


def _new_queue_id(now: datetime) -> str:
    """In the order of time, so that its index grows at its end: random ones have a page of their own each."""
    return f"{int(now.timestamp() * 1000):011x}{secrets.token_hex(4)}"


def _field(name: bytes, pattern: re.Pattern[bytes], header: bytes) -> re.Match[bytes] | None:
    """As ``pattern.search(header)``, which tries every octet: where a line begins so, it is tried first."""
    at = (b"\n" + header.lower()).find(b"\n" + name)
    found = pattern.match(header, at) if at >= 0 else None
    return found or pattern.search(header)


ByT = TypeVar("ByT")


class Incoming(Generic[ByT]):
    """Takes the octets of one message. ``feed`` never raises: what went wrong is said by ``problem``.

    ``by`` is who gives it: an account that signed in, or another operator. ``came_from`` is what Received
    says of where it was relayed from; then trace fields alone are added, for the rest may be signed (RFC 5321
    §6.4).
    ``references`` is there when the message will stand in a conversation, which is then written into it.
    ``sent_by`` is who writes in the name of another: the field Sender names him (RFC 5322 §3.6.2).
    """

    def __init__(
        self,
        by: ByT,
        envelope: Envelope,
        spool: Spool,
        sent_by: str | None = None,
        *,
        limit: Bound,
        hostname: str,
        protocol: str,
        now: datetime,
        references: ConversationReferences | None = None,
        came_from: str = "",
    ) -> None:
        self.by = by
        self.envelope = envelope
        self.spool = spool
        self.queue_id = _new_queue_id(now)
        self.problem: Reply | None = None
        self._reader = MessageReader()
        self._sent_by = sent_by
        self._limit = limit
        self._hostname = hostname
        self._protocol = protocol
        self._now = now
        self._references = references
        self._came_from = came_from
        self._size = 0
        self._head: bytearray | None = bytearray()
        self._content = hashlib.sha256()
        self._is_named = True

    def feed(self, octets: bytes) -> None:
        """Take the next octets, dots removed. Past the limit they are counted and forgotten."""
        self._size += len(octets)
        if self._size > self._limit.octets and self.problem is None:
            self._stop(self._too_large)
        if self.problem is not None:
            return
        if self._head is None:
            if self._is_named:
                self._content.update(octets)
            self._take(octets)
            return
        if not self._head and _END_OF_HEADER in octets:  # as nearly always: the header is not copied twice
            self._release_head(octets)
            return
        seen = max(0, len(self._head) - 3)
        self._head += octets
        if self._head.find(_END_OF_HEADER, seen) >= 0 or len(self._head) > _MAX_HEADER:
            self._release_head(bytes(self._head))

    def finish(self) -> ReadMessage | None:
        """What was read, once all octets are there; None when there was a problem."""
        if self._size > self._limit.octets:  # how large it is, is known by now
            self.problem = self._too_large
        if self._head is not None and self.problem is None:
            self._release_head(bytes(self._head))
        return None if self.problem is not None else self._reader.finish()

    def abandon(self) -> None:
        """The client went away, or the message is filed: forget the octets. May be called twice."""
        self.spool.discard()

    def _release_head(self, head: bytes) -> None:
        self._head = None
        self._content.update(head)
        self._take(self._trace(head) + head)

    def _take(self, octets: bytes) -> None:
        try:
            self.spool.feed(octets)
        except OSError as error:
            if not is_full(error):
                raise
            self._stop(_NO_ROOM)
            return
        self._reader.feed(octets)

    @property
    def _too_large(self) -> Reply:
        return message_too_large(self._size, self._limit)

    @property
    def content_digest(self) -> bytes | None:
        """Of the octets as the client sent them; None when it gave no Message-ID, and so no way to tell."""
        return self._content.digest() if self._is_named else None

    def _stop(self, problem: Reply) -> None:
        self.problem = problem
        self._head = None
        self.spool.discard()

    def _trace(self, head: bytes) -> bytes:
        """RFC 5321 §4.4: Return-Path and Received; no client address in it, the recipient need not know."""
        end = head.find(_END_OF_HEADER)
        header = head if end < 0 else head[:end]
        when = _spelt(self._now.replace(microsecond=0))
        lines = [
            f"Return-Path: <{self.envelope.reverse_path or ''}>",
            f"Received: {self._from}by {self._hostname} with {self._protocol} id {self.queue_id}; {when}",
        ]
        given = _field(b"message-id", _MESSAGE_ID, header)
        name = None if given is None else next(iter(message_ids(given[1])), None)
        self._is_named = given is not None
        if not self._came_from:
            name = self._complete(lines, header, when) or name
        if self._references is not None and name is not None:
            lines.append(self._references.field_of(name))
        return "".join(f"{line}\r\n" for line in lines).encode()

    @property
    def _from(self) -> str:
        return f"from {self._came_from}\r\n " if self._came_from else ""

    def _complete(self, lines: list[str], header: bytes, when: str) -> str | None:
        """What a submission server adds where it lacks (RFC 6409 §8); the Message-ID if it was made here."""
        if self._sent_by is not None and _HAS_SENDER.search(header) is None:
            lines.append(f"Sender: {self._sent_by}")
        if self.envelope.held_until is not None:  # RFC 4021: why it comes later than it was written
            lines.append(f"Deferred-Delivery: {format_datetime(self.envelope.held_until)}")
        if _field(b"date", _HAS_DATE, header) is None:
            lines.append(f"Date: {when}")
        if self._is_named:
            return None
        name = f"<{self.queue_id}.{secrets.token_hex(4)}@{self._hostname}>"
        lines.append(f"Message-ID: {name}")
        return name
