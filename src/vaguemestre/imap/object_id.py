"""Identifiers that outlive names and places: of mailboxes, of messages, of conversations. RFC 8474 §4, §5.

The letter in front says what is named, so that no two kinds meet (RFC 8474 §5.1). A message's is the identity
of its sealed octets, which copies inside one bal share and nothing else ever has. A thread is a conversation:
the citizen and the professional read the same number; a message outside any conversation has none.
"""

import re
from typing import Final

from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId, MailboxId

# RFC 8474 §7: objectid = 1*255(ALPHA / DIGIT / "_" / "-")
OBJECT_ID: Final = re.compile(rb"[A-Za-z0-9_-]{1,255}")


def mailbox_id(mailbox: MailboxId) -> bytes:
    """MAILBOXID: stays when the mailbox is renamed, never comes back when it is deleted."""
    return b"F%d" % mailbox


def email_id(body: BodyId) -> bytes:
    """EMAILID."""
    return b"M" + body.hex().encode("ascii")


def thread_id(conversation: ConversationId | None) -> bytes | None:
    """THREADID, None for a message that belongs to no conversation."""
    return None if conversation is None else b"T%d" % conversation
