"""The documents that people attach in the cases, by the words the page uses for them."""

from typing import Final

_PDF: Final = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
_PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
_JPEG: Final = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
_PROGRAM: Final = b"MZ\x90\0" + bytes(500)
_FILM: Final = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(500)

_BY_WORD: Final[dict[str, bytes]] = {
    "un PDF": _PDF,
    "une image": _PNG,
    "une photographie": _JPEG,
    "un programme": _PROGRAM,
    "un film": _FILM,
    "un texte": b"Une ordonnance, en toutes lettres.\r\n",
}


def attachment(name: str, word: str) -> tuple[str, bytes]:
    """A file of that name which is what the word says. Raises KeyError for an unknown word."""
    return name, _BY_WORD[word]


def heavy(megabytes: int) -> tuple[str, bytes]:
    """A PDF of so many millions of octets."""
    return "lourd.pdf", _PDF + bytes(megabytes * 1_000_000 - len(_PDF))
