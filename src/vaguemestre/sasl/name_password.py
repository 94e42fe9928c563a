"""PLAIN (RFC 4616 §2), and LOGIN, which was never standardised and is all that old Outlook speaks."""

from typing import Final, NamedTuple

from vaguemestre.sasl.errors import SaslSyntaxError

# What everybody sends: clients compare these, whatever the draft said.
USERNAME_CHALLENGE: Final = b"Username:"
PASSWORD_CHALLENGE: Final = b"Password:"

_BAD_FORM: Final = "These credentials do not have the form of the mechanism"


class NamePassword(NamedTuple):
    """What a client claims, and its proof. Never logged. ``acts_as``: for whom, empty for himself."""

    username: str
    password: str
    acts_as: str = ""

    def __repr__(self) -> str:
        return "NamePassword(…)"  # a traceback must not reveal a password


def parse_plain(message: bytes) -> NamePassword:
    """``[authzid] NUL authcid NUL passwd``, in UTF-8. Raises SaslSyntaxError.

    An authorisation identity that is the account's own says nothing: some clients always send it.
    """
    try:
        authzid, username, password = message.decode().split("\0")
    except ValueError:  # not UTF-8 (UnicodeDecodeError is one), or not three parts
        raise SaslSyntaxError(_BAD_FORM) from None
    if not username or not password:
        raise SaslSyntaxError(_BAD_FORM)
    return NamePassword(username, password, "" if authzid.lower() == username.lower() else authzid)


def parse_login(username: bytes, password: bytes) -> NamePassword:
    """The two answers of LOGIN. Raises SaslSyntaxError."""
    try:
        found = NamePassword(username.decode(), password.decode())
    except UnicodeDecodeError:
        raise SaslSyntaxError(_BAD_FORM) from None
    if not found.username or not found.password or "\0" in found.username:
        raise SaslSyntaxError(_BAD_FORM)
    return found
