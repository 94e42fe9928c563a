"""What counts as an attachment, and what is said of it. domain.md §3.

Every leaf is one, but a text/plain or text/html without a name and without ``Content-Disposition:
attachment`` (RFC 2183 §2.1, RFC 2183 §2.2): those are what a person reads as the message. What could not
be looked into counts too, under a type of its own, ``UNEXAMINED``, so that a rule can refuse it: an
attachment must not escape by hiding one level too deep.
"""

from typing import Final, NamedTuple

from vaguemestre.mail.media_types import UNEXAMINED
from vaguemestre.mail.message import Attachment
from vaguemestre.mime.content import Content, Encoding
from vaguemestre.mime.detect import detect_type, judged_by_name
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.examination import examine_ending, tail_suffices
from vaguemestre.mime.tally import Tally

MAX_NAME: Final = 255  # characters: what file systems take

_READ_AS_MESSAGE: Final = frozenset({"text/plain", "text/html"})

# RFC 2046 §5.2.2 and RFC 2046 §5.2.3: a piece, or a pointer; the client puts the rest together.
_ELSEWHERE: Final = frozenset({"message/partial", "message/external-body"})


def is_attachment(content: Content) -> bool:
    """Whether a leaf of this content is an attachment."""
    return (
        content.media_type not in _READ_AS_MESSAGE
        or content.is_attached
        or content.is_ambiguous
        or content.file_name is not None
    )


def conclude(entity: Entity, tally: Tally) -> None:
    """Write what was learnt of an attachment, now that its last octet has come."""
    entity.decoded_size = tally.decoded_size()
    content = entity.content
    hidden = (
        entity.kind is Kind.OPAQUE
        or content.is_ambiguous
        # Some clients still decode x-uuencode and its like: what they would open, nobody has looked at here.
        or content.encoding is Encoding.UNKNOWN
        or content.media_type in _ELSEWHERE
    )
    entity.detected_type = (
        UNEXAMINED if hidden else judged_by_name(detect_type(tally.sample()), content.file_name or "")
    )
    if tail_suffices(entity.detected_type):
        entity.is_examined = True
        ending = tally.ending
        if not ending.has_no_mark():
            entity.findings = examine_ending(ending.decoded(), is_whole=ending.is_whole).findings


class Place(NamedTuple):
    """Where an attachment's octets lie in its message, and how they were made fit to travel.

    ``is_examined``: nothing more would be found in them.
    """

    start: int
    end: int
    encoding: Encoding
    is_examined: bool = False


def attached_to(root: Entity) -> list[Entity]:
    """The attachments of a message in the order they stand, those of messages inside it included."""
    found: list[Entity] = []
    waiting = [root]
    while waiting:
        entity = waiting.pop()
        if entity.is_attachment:
            found.append(entity)
        waiting.extend(reversed(entity.children))
    return found


def attachment_of(entity: Entity) -> Attachment:
    """What is said of one of them."""
    name = (entity.content.file_name or "")[:MAX_NAME]
    content = entity.content
    return Attachment(name, content.media_type, entity.detected_type, entity.decoded_size, entity.findings)


def place_of(entity: Entity) -> Place:
    """Where one of them lies."""
    return Place(entity.body_start, entity.body_end, entity.content.encoding, entity.is_examined)
