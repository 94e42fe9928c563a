"""A message declared BODY=BINARYMIME on its way in: converted as it arrives. RFC 3030 §3.

What is limited, examined, sealed, named and answered for is the message as converted: how it is sent again
never matters, and no mailbox, client or operator ever meets a binary part
(docs/decisions/0045-binary-parts-become-base64-on-the-way.md).
"""

from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from vaguemestre.mail.reply import Reply
from vaguemestre.mime.binary import BinaryConverter
from vaguemestre.mime.reader import ReadMessage
from vaguemestre.policy.rules.senders import message_too_large
from vaguemestre.service.arriving.incoming import Incoming

ByT = TypeVar("ByT")


class BinaryIncoming(Incoming[ByT]):
    """As Incoming, to which any octets may be fed.

    A message may be within the limit as it is sent and past it as converted: its sender, who sees a size that
    he never had, is told what makes it.
    """

    _sent = 0

    @cached_property
    def _converter(self) -> BinaryConverter:
        return BinaryConverter()

    def feed(self, octets: bytes) -> None:
        """Take the next octets; what they become is counted and kept."""
        self._sent += len(octets)
        converted = self._converter.feed(octets)
        if converted:
            super().feed(converted)

    @property
    def _too_large(self) -> Reply:
        return message_too_large(self._size, self._limit, is_encoded=self._sent <= self._limit.octets)

    def finish(self) -> ReadMessage | None:
        """As Incoming; the facts tell of what could not be converted."""
        super().feed(self._converter.finish())
        read, flaw = super().finish(), self._converter.flaw
        if read is None or flaw is None:
            return read
        return replace(read, facts=replace(read.facts, binary_flaw=flaw))
