"""What a signed list looks like, before anything in it is believed: one pass, no tree, nothing fetched.

The list of domain.md §6 has one enveloped signature (XML Signature, RFC 3275 §3.2.1 and §4.3) over the whole
of it. Everything else a signature may be is a way to have one thing verified and another read: several
references, references to a part, transforms that choose, objects inside the signature, comments that cut a
name in two. All of that is refused by its look, before cryptography is asked.

expat, because it calls back as elements go by: a document type is refused at its first word, so that there
are no entities, and depth and size are bounded.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused

LIST_NAMESPACE: Final = "https://listeblanche.mssante.fr/schema"
ROOT: Final = "ListeBlancheMSSante"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"

LARGEST: Final = 32 * 1024 * 1024  # octets; 10,000 entries take 5 MB, the list of 2025 took 3.6
_DEEPEST: Final = 16  # elements; the deepest of a signature is the eighth
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_MOST_CERTIFICATES: Final = 8

_REFERENCE: Final = ("SignedInfo", "Reference")
_TRANSFORM: Final = (*_REFERENCE, "Transforms", "Transform")
_METHODS: Final = {
    ("SignedInfo", "CanonicalizationMethod"): EXCLUSIVE,
    ("SignedInfo", "SignatureMethod"): "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    (*_REFERENCE, "DigestMethod"): "http://www.w3.org/2001/04/xmlenc#sha256",
}
# RFC 3275 §4.3.3.2. Without a canonicalisation of its own, a reference has the one without name (C14N 1.0),
# which sees the whole document as well.
_TRANSFORMS: Final = ([_ENVELOPED], [_ENVELOPED, EXCLUSIVE])
_ONCE: Final = {
    ("SignedInfo",),
    _REFERENCE,
    *_METHODS,
    (*_REFERENCE, "DigestValue"),
    ("SignatureValue",),
    ("KeyInfo",),
}
_ALLOWED: Final = _ONCE | {(*_REFERENCE, "Transforms"), _TRANSFORM}
_PREFIXES: Final = {
    (*_TRANSFORM, "InclusiveNamespaces"),
    ("SignedInfo", "CanonicalizationMethod", "InclusiveNamespaces"),
}
_CERTIFICATE: Final = ("KeyInfo", "X509Data", "X509Certificate")


@dataclass(slots=True)
class Outline:
    """``certificates`` are those the signature brings, in DER: claims, until a chain has been verified."""

    certificates: list[bytes] = field(default_factory=list)


def outline_of(octets: bytes) -> Outline:
    """Look through it. Raises TrustListRefused."""
    if len(octets) > LARGEST:
        raise unreadable("larger than any list")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse_type
    parser.XmlDeclHandler = reader.declare
    parser.CommentHandler = reader.refuse_inside
    parser.ProcessingInstructionHandler = reader.refuse_inside
    reader.parser = parser
    try:
        parser.Parse(octets, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise unreadable(str(error)) from error
    return reader.outline()


def unreadable(why: str) -> TrustListRefused:
    """It is no XML that is read here."""
    return TrustListRefused(
        ListFault.UNREADABLE,
        f"Ce n'est pas une liste entière et lisible ({why}).",
        f"This is no list that can be read whole ({why}).",
    )


def _unsound(french: str, english: str) -> TrustListRefused:
    return TrustListRefused(
        ListFault.SIGNATURE,
        f"La signature ne garantit pas la liste entière : {french}.",
        f"The signature does not vouch for the whole list: {english}.",
    )


class _Reader:
    parser: expat.XMLParserType

    def __init__(self) -> None:
        self._path: list[str] = []
        self._in_it = False
        self._signatures = 0
        self._seen: dict[tuple[str, ...], int] = {}
        self._transforms: list[str] = []
        self._text: list[str] = []
        self._found = Outline()

    def declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        # What the two parsers of a list would take for different letters is not read at all.
        if encoding is not None and encoding.lower() != "utf-8":
            raise unreadable("it is not UTF-8")

    def refuse_type(self, *_declared: object) -> None:
        raise unreadable("it declares a document type")

    def refuse_inside(self, *_what: str) -> None:
        """Comments and processing instructions: canonical forms drop the ones, and readers trip over both."""
        if self._path:
            raise unreadable("a comment or an instruction stands in it")

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._path and (namespace, local) != (LIST_NAMESPACE, ROOT):
            raise unreadable(f"it is no {ROOT}")
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise unreadable("too deep")
        if namespace == _SIGNATURE and local == "Signature":
            self._signatures += 1
            if len(self._path) != 2:
                raise _unsound("elle n'est pas à sa place", "it is out of its place")
            self._in_it = True
        elif self._in_it:
            self._in_signature(namespace, local, attributes)
        elif namespace == _SIGNATURE:
            raise _unsound("un de ses éléments est ailleurs", "one of its elements is elsewhere")

    def _in_signature(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        at = self._place()
        if at[0] == "KeyInfo" and len(at) > 1:
            if at == _CERTIFICATE:
                self._text = []
                self.parser.CharacterDataHandler = self._text.append
            return
        if at in _PREFIXES and namespace == EXCLUSIVE:
            return
        if at not in _ALLOWED or namespace != _SIGNATURE:
            raise _unsound(f"{local} n'a rien à y faire", f"{local} has no business in it")
        self._seen[at] = self._seen.get(at, 0) + 1
        algorithm = attributes.get("Algorithm", "")
        if at == _TRANSFORM:
            self._transforms.append(algorithm)
        elif at in _METHODS and algorithm != _METHODS[at]:
            raise _unsound(f"méthode refusée, {algorithm}", f"{algorithm} is not accepted")
        elif at == _REFERENCE and attributes.get("URI") != "":
            raise _unsound("elle ne porte que sur une partie", "it covers a part alone")

    def end(self, _name: str) -> None:
        if self._in_it and self._place() == _CERTIFICATE:
            self.parser.CharacterDataHandler = None
            self._take_certificate()
        self._path.pop()
        if len(self._path) == 1:
            self._in_it = False

    def _place(self) -> tuple[str, ...]:
        """Where it is in the signature."""
        return tuple(name.rpartition(" ")[2] for name in self._path[2:])

    def _take_certificate(self) -> None:
        if len(self._found.certificates) == _MOST_CERTIFICATES:
            raise _unsound("trop de certificats", "too many certificates")
        try:
            self._found.certificates.append(b64decode("".join("".join(self._text).split()), validate=True))
        except (Base64Error, ValueError):
            raise _unsound("un certificat est illisible", "a certificate cannot be read") from None

    def outline(self) -> Outline:
        if not self._signatures:
            raise TrustListRefused(
                ListFault.UNSIGNED, "La liste n'est pas signée.", "The list is not signed."
            )
        if self._signatures > 1:
            raise _unsound("il y en a plusieurs", "there are several")
        if any(self._seen.get(place) != 1 for place in _ONCE):
            raise _unsound("il en manque une partie", "a part of it is missing, or there twice")
        if self._transforms not in _TRANSFORMS:
            raise _unsound("transformations refusées", "its transforms are not accepted")
        return self._found
