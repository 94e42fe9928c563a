"""How a command ends: done, or refused by a decision of ours. RFC 9051 §7.1."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Tagged OK. ``code`` is one of ``imap.codes``; ``hang_up`` ends the connection afterwards."""

    text: str
    code: bytes = b""
    hang_up: bool = False


class CommandRefused(Exception):  # noqa: N818 (a decision is a participle, CONTRIBUTING.md)
    """Tagged NO, with a sentence fit for the client."""

    def __init__(self, text: str, code: bytes = b"") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def read_only() -> CommandRefused:
    """The mailbox was opened with EXAMINE."""
    return CommandRefused("The mailbox is open for reading only", b"READ-ONLY")
