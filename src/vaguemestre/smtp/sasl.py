"""The sign-in exchanges of AUTH: what a client's octets say. No password is judged here.

RFC 4954 §4 carries them in base64, ``=`` standing for an empty initial response and ``*`` for giving up.
PLAIN is RFC 4616 §2. LOGIN was never standardised; old Outlook speaks nothing else.
"""

import binascii
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError

MAX_SIGN_IN_LINE: Final = 12_288  # RFC 4954 §4: octets, CRLF included

MECHANISMS: Final = ("PLAIN", "LOGIN")

# What everybody sends: clients compare these, whatever the draft said.
USERNAME_CHALLENGE: Final = b"Username:"
PASSWORD_CHALLENGE: Final = b"Password:"


class Credentials(NamedTuple):
    """What a client claims, and its proof. Never logged."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"  # a traceback must not reveal a password


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


def parse_plain(message: bytes) -> Credentials:
    """RFC 4616 §2: [authzid] NUL authcid NUL passwd, in UTF-8. Raises CommandSyntaxError.

    Nobody acts for another here: an authorisation identity is taken when it is the account's own.
    """
    try:
        authzid, username, password = message.decode().split("\0")
    except ValueError:  # not UTF-8 (UnicodeDecodeError is one), or not three parts
        raise CommandSyntaxError(replies.BAD_CREDENTIALS_FORM) from None
    if not username or not password:
        raise CommandSyntaxError(replies.BAD_CREDENTIALS_FORM)
    if authzid and authzid.lower() != username.lower():
        raise CommandSyntaxError(replies.SIGN_IN_REFUSED)
    return Credentials(username, password)


def parse_login(username: bytes, password: bytes) -> Credentials:
    """The two answers of LOGIN. Raises CommandSyntaxError."""
    try:
        credentials = Credentials(username.decode(), password.decode())
    except UnicodeDecodeError:
        raise CommandSyntaxError(replies.BAD_CREDENTIALS_FORM) from None
    if not credentials.username or not credentials.password or "\0" in credentials.username:
        raise CommandSyntaxError(replies.BAD_CREDENTIALS_FORM)
    return credentials
