"""The order of commands, as data.

RFC 5321 §4.1.4 gives it, RFC 3207 §4 adds TLS before anything, RFC 4954 §4 signing in before a message,
RFC 3030 §2 how chunks follow one another. A table of stage and command: what it lacks is refused, with 503
unless a second table has a better reply.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies


class Stage(Enum):
    """How far a session has come."""

    CONNECTED = "connected"  # nothing said
    HELLO = "hello"  # HELO: no extension, so no way to sign in
    IN_CLEAR = "in clear"  # EHLO said where TLS is required and not yet there
    GREETED = "greeted"  # EHLO said, may sign in
    SIGNED_IN = "signed in"  # or, at the door of other operators, greeted under TLS
    SENDER = "sender"  # MAIL accepted
    RECIPIENTS = "recipients"  # one RCPT accepted at least
    BINARY = "binary"  # the same of a message that is BODY=BINARYMIME: RFC 3030 §3 has it come by BDAT
    CHUNKS = "chunks"  # one BDAT accepted at least, not the last
    FAILED = "failed"  # a chunk was refused: RFC 3030 §2 has the client send RSET


_ALWAYS: Final = frozenset({"EHLO", "HELO", "NOOP", "RSET", "QUIT", "HELP", "VRFY", "EXPN"})


class Order(NamedTuple):
    """Which command may come at which stage; and the reply to some that may not, 503 to others."""

    allowed: Mapping[Stage, frozenset[str]]
    better: Mapping[tuple[Stage, str], Reply]

    def refusal(self, stage: Stage, verb: str) -> Reply | None:
        """Why this command may not come now, or None when it may. ``verb`` is in capitals and known."""
        if verb in self.allowed.get(stage, ()):
            return None
        return self.better.get((stage, verb), replies.BAD_SEQUENCE)


_SUBMISSION: Final[Mapping[Stage, frozenset[str]]] = {
    Stage.CONNECTED: _ALWAYS,
    Stage.HELLO: _ALWAYS,
    Stage.IN_CLEAR: _ALWAYS | {"STARTTLS"},
    Stage.GREETED: _ALWAYS | {"STARTTLS", "AUTH"},
    Stage.SIGNED_IN: _ALWAYS | {"STARTTLS", "MAIL"},
    Stage.SENDER: _ALWAYS | {"RCPT"},
    Stage.RECIPIENTS: _ALWAYS | {"RCPT", "DATA", "BDAT"},
    Stage.BINARY: _ALWAYS | {"RCPT", "BDAT"},
    Stage.CHUNKS: _ALWAYS | {"BDAT"},
    Stage.FAILED: _ALWAYS,
}

_MESSAGE: Final = ("MAIL", "RCPT", "DATA", "BDAT")
_BEGUN: Final = (Stage.SENDER, Stage.RECIPIENTS, Stage.BINARY, Stage.CHUNKS)

_SUBMISSION_SAYS: Final[Mapping[tuple[Stage, str], Reply]] = {
    **{(Stage.CONNECTED, verb): replies.GREET_FIRST for verb in ("STARTTLS", "AUTH", *_MESSAGE)},
    **{(Stage.HELLO, verb): replies.GREET_FIRST for verb in ("STARTTLS", "AUTH")},
    **{(Stage.HELLO, verb): replies.SIGN_IN_REQUIRED for verb in _MESSAGE},
    (Stage.IN_CLEAR, "AUTH"): replies.TLS_REQUIRED_TO_SIGN_IN,
    **{(Stage.IN_CLEAR, verb): replies.TLS_REQUIRED for verb in _MESSAGE},
    **{(Stage.GREETED, verb): replies.SIGN_IN_REQUIRED for verb in _MESSAGE},
    **{(Stage.SIGNED_IN, verb): replies.MAIL_FIRST for verb in ("RCPT", "DATA", "BDAT")},
    **{(stage, "AUTH"): replies.ALREADY_SIGNED_IN for stage in (Stage.SIGNED_IN, *_BEGUN, Stage.FAILED)},
    **{(stage, "MAIL"): replies.NESTED_MAIL for stage in _BEGUN},
    **{(Stage.SENDER, verb): replies.NO_RECIPIENT for verb in ("DATA", "BDAT")},
    (Stage.BINARY, "DATA"): replies.BINARY_BY_CHUNKS,
    **{(Stage.CHUNKS, verb): replies.CHUNKS_BEGUN for verb in ("RCPT", "DATA")},
    **{(Stage.FAILED, verb): replies.MESSAGE_FAILED for verb in _MESSAGE},
}


SUBMISSION: Final = Order(_SUBMISSION, _SUBMISSION_SAYS)
"""Accounts: EHLO, TLS, sign-in, then messages."""

_IN_CLEAR: Final = frozenset({"EHLO", "NOOP", "QUIT"})  # RFC 3207 §4: 530 to everything else

RELAY: Final = Order(
    {
        **{stage: allowed for stage, allowed in _SUBMISSION.items() if stage is not Stage.GREETED},
        Stage.IN_CLEAR: _IN_CLEAR | {"STARTTLS"},
    },
    {
        **_SUBMISSION_SAYS,
        **{
            (stage, verb): replies.GREET_FIRST
            for stage in (Stage.CONNECTED, Stage.HELLO)
            for verb in _MESSAGE
        },
        **{
            (Stage.IN_CLEAR, verb): replies.TLS_REQUIRED
            for verb in (_ALWAYS - _IN_CLEAR) | {*_MESSAGE, "AUTH"}
        },
        **{(stage, "AUTH"): replies.NOT_OFFERED for stage in Stage if stage is not Stage.IN_CLEAR},
    },
)
"""Other operators: TLS, EHLO, then messages. Nobody signs in, and before TLS there is nothing to be had."""
