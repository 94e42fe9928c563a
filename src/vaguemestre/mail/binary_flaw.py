"""Why a message with binary parts cannot be made one that every mail program reads. RFC 3030 §3.

``mime`` finds, ``policy`` says what to mend.
"""

from enum import StrEnum


class BinaryFlaw(StrEnum):
    """What stands in the way."""

    NOT_CLOSED = "not closed"  # a binary part ends with the message, not with a boundary
    NO_BOUNDARY = "no boundary"  # a multipart that holds binary parts and does not say how they are parted
    SIGNED = "signed"  # what a signature covers cannot change
    UNREADABLE = "unreadable"  # Content-Transfer-Encoding stands twice, or in a form nobody reads
    MESSAGE = "message"  # of a type of message that no encoding may change: RFC 2046 §5.2
    CROWDED = "crowded"  # parts too many, or too deep in one another
    LONG_HEADER = "long header"  # longer than what is looked at
