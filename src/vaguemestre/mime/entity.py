"""One entity of a message: where it lies, what it contains, what is inside it. RFC 2045 §2.4.

Offsets are octets from the start of the message. The header runs from ``header_start`` to ``body_start``, its
empty line included; the body from there to ``body_end``, without the line end that belongs to the next
boundary (RFC 2046 §5.1.1).
"""

from dataclasses import dataclass, field
from enum import Enum

from vaguemestre.mail.examined import Finding
from vaguemestre.mime.content import PLAIN_TEXT, Content
from vaguemestre.mime.headers import Fields


class Kind(Enum):
    """What can be told of an entity's inside."""

    LEAF = 0
    MULTIPART = 1
    MESSAGE = 2  # message/rfc822 or message/global, opened: its one child is the message
    OPAQUE = 3  # a multipart or message that was not opened: too deep, too many, no boundary, encoded


@dataclass(slots=True)
class Entity:
    """A node of the tree; filled while octets arrive, read when they have all come.

    ``fields`` is kept of messages, for their ENVELOPE, and of notifications (RFC 8098). ``lines`` counts the
    line ends of the body. ``decoded_size``, ``detected_type`` are of attachments only; so are ``findings``,
    where the end was enough for it to be ``is_examined``. ``sample`` holds the first decoded octets of the
    texts and of a notification.
    """

    header_start: int
    body_start: int = 0
    body_end: int = 0
    lines: int = 0
    kind: Kind = Kind.LEAF
    content: Content = PLAIN_TEXT
    fields: Fields | None = None
    header: bytes | None = None
    children: list["Entity"] = field(default_factory=list)
    is_attachment: bool = False
    decoded_size: int = 0
    detected_type: str = ""
    is_examined: bool = False
    findings: tuple[Finding, ...] = ()
    sample: bytes = b""

    @property
    def size(self) -> int:
        """Octets of the body as it travels."""
        return self.body_end - self.body_start
