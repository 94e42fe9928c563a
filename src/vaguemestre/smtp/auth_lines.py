"""Lines of an AUTH exchange: base64, ``=`` for an empty initial response, ``*`` to give up. RFC 4954 §4."""

import binascii
from base64 import b64decode, b64encode
from typing import Final

from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError

MAX_SIGN_IN_LINE: Final = 12_288  # RFC 4954 §4: octets, CRLF included


def encode_challenge(challenge: bytes) -> bytes:
    """The 334 line. RFC 4954 §4: the space stands even before an empty challenge."""
    return b"334 " + b64encode(challenge) + b"\r\n"


def decode_response(line: bytes) -> bytes:
    """One line of the client's. Raises CommandSyntaxError: it gave up, or this is not base64."""
    if line == b"*":
        raise CommandSyntaxError(replies.SIGN_IN_CANCELLED)
    try:
        return b64decode(line, validate=True)
    except binascii.Error:
        raise CommandSyntaxError(replies.BAD_BASE64) from None


def decode_initial_response(text: str) -> bytes:
    """The response beside the mechanism in AUTH. Raises CommandSyntaxError."""
    return b"" if text == "=" else decode_response(text.encode())
