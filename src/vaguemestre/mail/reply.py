"""What an SMTP server says at the end of a command. RFC 5321 §4.2; enhanced status RFC 3463 §2.

What people read is said twice, in French and in English; what only programmers do, in English alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``text`` is English, ``french`` the same sentence; they name no host, table or library.

    ``identifier`` is there when a rule speaks: ``MSS-CONV-2``, the same for ever, whatever the sentence
    becomes. Either text may hold several lines, parted by LF.
    """

    code: int
    subject: int
    detail: int
    text: str
    french: str = ""
    identifier: str = ""

    @property
    def status(self) -> str:
        """The enhanced status code; its class is read off the code, so the two cannot disagree."""
        return f"{self.code // 100}.{self.subject}.{self.detail}"

    @property
    def is_positive(self) -> bool:
        """2yz: done."""
        return self.code // 100 == 2

    @property
    def is_temporary(self) -> bool:
        """4yz: the client may try again."""
        return self.code // 100 == 4

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said, French first, each under its identifier."""
        mark = f"[{self.identifier}] " if self.identifier else ""
        return tuple(f"{mark}{text}" for text in (self.french, self.text) if text) or ("",)

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.sentences[-1]}"

    def in_french(self) -> str:
        """As ``str`` has it in English."""
        return f"{self.code} {self.status} {self.sentences[0]}"
