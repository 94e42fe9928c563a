"""What goes wrong with a client's command, in the client's own words. RFC 9051 §7.1.3.

These are *their* mistakes: a grammar raises them and the door answers BAD (or NO, for the two that RFC 9051
calls so), with the tag when it could be read.
"""


class CommandSyntaxError(ValueError):
    """The command does not follow the grammar; the message is a sentence that may be sent to the client.

    ``tag`` is that of the command when it could be read, else None: the answer is then untagged.
    """

    def __init__(self, text: str, tag: bytes | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.tag = tag


class UidRequiredError(CommandSyntaxError):
    """A message number where the client enabled UIDONLY: BAD [UIDREQUIRED]. RFC 9586 §3."""

    def __init__(self, tag: bytes | None = None) -> None:
        super().__init__("UIDONLY is enabled: name messages by their UIDs", tag)


class BadCharsetError(CommandSyntaxError):
    """SEARCH names a charset that we do not read: NO [BADCHARSET (…)]. RFC 9051 §6.4.4.

    ``saving`` when its result was to be saved: refused so, it saves nothing (RFC 5182 §2.1).
    """

    saving: bool = False
