"""METADATA.XML of an XDM archive: the list of its documents, in ebXML. domain.md §4.

Each ExtrinsicObject is a document; what stands outside of them, as the patient of the whole set, is one more.
"""

import re
from typing import Final

from vaguemestre.mail.health_document import INS_AUTHORITIES, DocumentKind, HealthDocument, Mark
from vaguemestre.mime.hardened_xml import XmlError, XmlReader, read_xml

_CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_OF_PATIENT: Final = frozenset({"sourcePatientId", "sourcePatientInfo"})
# <matricule>^^^&<OID>&ISO^NH, alone or after the name of a field of HL7 v2.
_IDENTIFIER: Final = re.compile(r"(?:\A|\|)([0-9A-Za-z]+)\^\^\^[^&^|]*&([0-9.]+)&ISO")
_LONGEST_VALUE: Final = 4_096  # characters


class _Part:
    """One document being read."""

    def __init__(self) -> None:
        self.patients: dict[str, None] = {}
        self.marks: dict[str, None] = {}
        self.uri = ""

    def identify(self, text: str) -> None:
        for matricule, authority in _IDENTIFIER.findall(text[:_LONGEST_VALUE]):
            if authority in INS_AUTHORITIES:
                self.patients[matricule.upper()] = None

    def document(self, where: str) -> HealthDocument:
        marks = tuple(Mark(code, "Y") for code in self.marks if code)
        return HealthDocument(DocumentKind.XDM, self.uri or where, tuple(self.patients), marks)


class _List(XmlReader):
    def __init__(self) -> None:
        self.whole = _Part()
        self.parts: list[_Part] = []
        self._open: _Part | None = None
        self._slot = ""
        self._value: list[str] = []

    def begin(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        part = self._open or self.whole
        match path[-1]:
            case "ExtrinsicObject":
                self._open = _Part()
                self.parts.append(self._open)
            case "Slot":
                self._slot = attributes.get("name", "")
            case "Value":
                self._value = []
            case "Classification" if attributes.get("classificationScheme") == _CONFIDENTIALITY:
                part.marks[attributes.get("nodeRepresentation", "").strip().upper()] = None
            case "ExternalIdentifier":
                part.identify(attributes.get("value", "").strip())

    def text(self, path: tuple[str, ...], text: str) -> None:
        if path[-1] == "Value":
            self._value.append(text)

    def end(self, path: tuple[str, ...]) -> None:
        part = self._open or self.whole
        if path[-1] == "ExtrinsicObject":
            self._open = None
        elif path[-1] == "Value":
            value = "".join(self._value).strip()
            if self._slot in _OF_PATIENT:
                part.identify(value)
            elif self._slot == "URI":
                part.uri = value


def read_xdm(octets: bytes, where: str) -> list[HealthDocument]:
    """The documents of the list; one that is not readable when it is no list. Never raises."""
    found = _List()
    try:
        read_xml(octets, found)
    except XmlError:
        return [HealthDocument(DocumentKind.XDM, where, is_readable=False)]
    return [part.document(where) for part in (found.whole, *found.parts) if part.patients or part.marks]
