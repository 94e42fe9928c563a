"""The documents that people attach in the cases, by the words the page uses for them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from tests.support.health_documents import NAMESAKE, PATIENT, a_cda, an_xdm, metadata

_PDF: Final = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
_PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
_JPEG: Final = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
_PROGRAM: Final = b"MZ\x90\0" + bytes(500)
_FILM: Final = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(500)


def _zip(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return made.getvalue()


def _under_password(archive: bytes) -> bytes:
    """The first member says that it is encrypted: bit 0 of its flags, in both headers."""
    octets = bytearray(archive)
    octets[6] |= 1
    octets[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(octets)


_ARCHIVE: Final = _zip({"lettre.pdf": _PDF})

_BY_WORD: Final[dict[str, bytes]] = {
    "un PDF": _PDF,
    "une image": _PNG,
    "une photographie": _JPEG,
    "un programme": _PROGRAM,
    "un film": _FILM,
    "une archive": _ARCHIVE,
    "une archive contenant un programme": _zip({"lettre.pdf": _PDF, "outil.exe": _PROGRAM}),
    "une archive contenant une archive": _zip({"dedans.zip": _ARCHIVE}),
    "une archive sous mot de passe": _under_password(_ARCHIVE),
    "une archive qui gonfle": _zip({"zeros.txt": bytes(50_000_000)}),
    "un document à macros": _zip(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": b"<w/>",
            "word/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600),
        }
    ),
    "un compte rendu de Dominique": a_cda(PATIENT),
    "un compte rendu de Ruth": a_cda(NAMESAKE),
    "un compte rendu illisible": a_cda(PATIENT)[:200],
    "un compte rendu invisible au patient": a_cda(PATIENT, codes=("N", "INVISIBLE_PATIENT")),
    "un compte rendu masqué aux professionnels": a_cda(PATIENT, codes=("N", "MASQUE_PS")),
    "un compte rendu invisible aux représentants": a_cda(PATIENT, codes=("N", "INVISIBLE_REP_LEGAUX")),
    "un envoi XDM de Dominique": an_xdm(metadata((PATIENT, ("N",))), a_cda(PATIENT)),
    "un envoi XDM de Ruth": an_xdm(metadata((NAMESAKE, ("N",))), a_cda(NAMESAKE)),
    "un envoi XDM de deux patients": an_xdm(
        metadata((PATIENT, ("N",)), (NAMESAKE, ("N",))), a_cda(PATIENT), a_cda(NAMESAKE)
    ),
    "un texte": b"Une ordonnance, en toutes lettres.\r\n",
}


def attachment(name: str, word: str) -> tuple[str, bytes]:
    """A file of that name which is what the word says. Raises KeyError for an unknown word."""
    return name, _BY_WORD[word]


def heavy(megabytes: int) -> tuple[str, bytes]:
    """A PDF of so many millions of octets."""
    return "lourd.pdf", _PDF + bytes(megabytes * 1_000_000 - len(_PDF))
