"""The conversation of a message, written into it: for software whose answers drop In-Reply-To and References.

Every message filed in a conversation carries ``X-Vaguemestre-Conversation``. Whoever gives it back in a
later message finds the conversation, as if he had named the message itself (domain.md §2; RFC 5322 §3.6.4).

It says nothing: it holds the keyed digest under which the message's own identifier is known, and a tag that
only this server can make, so that what is made up costs no look-up. The row that the digest leads to belongs
to one citizen: in another's mailbox, or in what is written to another, it leads nowhere
(docs/decisions/0017-a-conversation-reference-of-our-own.md).
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Final

from vaguemestre.service.conversations.life import IdentifierDigest

FIELD: Final = "X-Vaguemestre-Conversation"

_DIGEST: Final = 16
_TAG: Final = 8
_PURPOSE: Final = b"conversation"


class ConversationReferences:
    """Makes and reads them; ``key`` is the one of ``IdentifierDigest``, used here for another purpose."""

    def __init__(self, key: bytes, digest: IdentifierDigest) -> None:
        self._key = key
        self._digest = digest

    def field_of(self, message_id: str) -> str:
        """The whole field, without its CRLF."""
        digest = self._digest.of([message_id])[0]
        token = urlsafe_b64encode(digest + self._tag(digest)).decode()
        return f"{FIELD}: {token}"

    def read(self, values: Iterable[str]) -> list[bytes]:
        """The digests in those that were made here, each once, in their order."""
        found = dict.fromkeys(map(self._read, values))
        return [digest for digest in found if digest is not None]

    def _read(self, value: str) -> bytes | None:
        try:
            octets = urlsafe_b64decode(value.strip().encode("ascii"))
        except (binascii.Error, UnicodeEncodeError, ValueError):
            return None
        digest, tag = octets[:_DIGEST], octets[_DIGEST:]
        return digest if hmac.compare_digest(tag, self._tag(digest)) else None

    def _tag(self, digest: bytes) -> bytes:
        return hashlib.blake2b(digest, key=self._key, digest_size=_TAG, person=_PURPOSE).digest()
