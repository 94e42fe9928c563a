"""The order of commands, as data.

RFC 5321 §4.1.4 gives it, RFC 3207 §4 adds TLS before anything, RFC 4954 §4 signing in before a message. A
table of stage and command: what it lacks is refused, with 503 unless a second table has a better reply.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies


class Stage(Enum):
    """How far a session has come."""

    CONNECTED = "connected"  # nothing said
    HELLO = "hello"  # HELO: no extension, so no way to sign in
    IN_CLEAR = "in clear"  # EHLO said where TLS is required and not yet there
    GREETED = "greeted"  # EHLO said, may sign in
    SIGNED_IN = "signed in"
    SENDER = "sender"  # MAIL accepted
    RECIPIENTS = "recipients"  # one RCPT accepted at least


_ALWAYS: Final = frozenset({"EHLO", "HELO", "NOOP", "RSET", "QUIT", "HELP", "VRFY", "EXPN"})

ORDER: Final[Mapping[Stage, frozenset[str]]] = {
    Stage.CONNECTED: _ALWAYS,
    Stage.HELLO: _ALWAYS,
    Stage.IN_CLEAR: _ALWAYS | {"STARTTLS"},
    Stage.GREETED: _ALWAYS | {"STARTTLS", "AUTH"},
    Stage.SIGNED_IN: _ALWAYS | {"STARTTLS", "MAIL"},
    Stage.SENDER: _ALWAYS | {"RCPT"},
    Stage.RECIPIENTS: _ALWAYS | {"RCPT", "DATA"},
}

_BETTER: Final[Mapping[tuple[Stage, str], Reply]] = {
    **{(Stage.CONNECTED, verb): replies.GREET_FIRST for verb in ("STARTTLS", "AUTH", "MAIL", "RCPT", "DATA")},
    **{(Stage.HELLO, verb): replies.GREET_FIRST for verb in ("STARTTLS", "AUTH")},
    **{(Stage.HELLO, verb): replies.SIGN_IN_REQUIRED for verb in ("MAIL", "RCPT", "DATA")},
    (Stage.IN_CLEAR, "AUTH"): replies.TLS_REQUIRED_TO_SIGN_IN,
    **{(Stage.IN_CLEAR, verb): replies.TLS_REQUIRED for verb in ("MAIL", "RCPT", "DATA")},
    **{(Stage.GREETED, verb): replies.SIGN_IN_REQUIRED for verb in ("MAIL", "RCPT", "DATA")},
    **{(Stage.SIGNED_IN, verb): replies.MAIL_FIRST for verb in ("RCPT", "DATA")},
    **{
        (stage, "AUTH"): replies.ALREADY_SIGNED_IN
        for stage in (Stage.SIGNED_IN, Stage.SENDER, Stage.RECIPIENTS)
    },
    **{(stage, "MAIL"): replies.NESTED_MAIL for stage in (Stage.SENDER, Stage.RECIPIENTS)},
    (Stage.SENDER, "DATA"): replies.NO_RECIPIENT,
}


def refusal(stage: Stage, verb: str) -> Reply | None:
    """Why this command may not come now, or None when it may. ``verb`` is in capitals and known."""
    if verb in ORDER[stage]:
        return None
    return _BETTER.get((stage, verb), replies.BAD_SEQUENCE)
