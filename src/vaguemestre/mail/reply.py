"""What an SMTP server says at the end of a command. RFC 5321 §4.2; enhanced status RFC 3463 §2."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``text`` may hold several lines, parted by LF; it names no host, table or library."""

    code: int
    subject: int
    detail: int
    text: str

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

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.text}"
