"""The header of a CDA R2 document: whose it is, how confidential. domain.md §4.

Its elements stand in a fixed order, and the body comes last: reading stops there. What is no
ClinicalDocument is no document at all; what begins as one and cannot be read to its body is one that is not
readable.
"""

from vaguemestre.mail.health_document import INS_AUTHORITIES, DocumentKind, HealthDocument, Mark
from vaguemestre.mime.hardened_xml import Enough, XmlError, XmlReader, read_xml

_ROOT = "ClinicalDocument"
_CONFIDENTIALITY = (_ROOT, "confidentialityCode")
_PATIENT = (_ROOT, "recordTarget", "patientRole", "id")
_BODY = (_ROOT, "component")


class _Header(XmlReader):
    def __init__(self) -> None:
        self.is_cda = False
        self.patients: dict[str, None] = {}
        self.marks: dict[str, None] = {}

    def begin(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        if len(path) == 1:
            if path[0] != _ROOT:
                raise Enough
            self.is_cda = True
        elif path == _CONFIDENTIALITY:
            self.marks[attributes.get("code", "").strip().upper()] = None
        elif path == _PATIENT and attributes.get("root", "").strip() in INS_AUTHORITIES:
            self.patients[attributes.get("extension", "").strip().upper()] = None
        elif path == _BODY:
            raise Enough


def read_cda(octets: bytes, where: str) -> HealthDocument | None:
    """The document; None when it is none. Never raises."""
    header = _Header()
    try:
        read_xml(octets, header)
    except XmlError:
        return HealthDocument(DocumentKind.CDA, where, is_readable=False) if header.is_cda else None
    if not header.is_cda:
        return None
    patients = tuple(patient for patient in header.patients if patient)
    marks = tuple(Mark(code, "Y") for code in header.marks if code)
    return HealthDocument(DocumentKind.CDA, where, patients, marks)
