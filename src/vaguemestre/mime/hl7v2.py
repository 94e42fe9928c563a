"""A message of HL7 v2 that carries a document (MDM): its patient, and the marks of who may see it.
domain.md §4.

Hospital systems hand documents over in this form, and some attach it. Segments end in CR, after a journey
through text tools in LF; the separators are those that MSH announces.
"""

import re
from typing import Final

from vaguemestre.mail.health_document import INS_AUTHORITIES, DocumentKind, HealthDocument, Mark

BEGINNING: Final = b"MSH|"

_SEGMENT: Final = re.compile(r"(?:\A|[\r\n])(PID|OBX)\|([^\r\n]{0,2000})")
_PATIENT_IDENTIFIERS: Final = 2  # PID-3, counted from 0
_CODE: Final = 2  # OBX-3
_VALUE: Final = 4  # OBX-5


def read_hl7v2(octets: bytes, where: str) -> HealthDocument | None:
    """The document; None when it is none. Never raises."""
    if not octets.startswith(BEGINNING) or len(octets) < 8:
        return None
    text = octets.decode("utf-8", "replace")
    component, repetition, sub = text[4], text[5], text[7]
    patients: dict[str, None] = {}
    marks: list[Mark] = []
    for kind, rest in _SEGMENT.findall(text):
        fields = rest.split("|")
        if kind == "PID" and len(fields) > _PATIENT_IDENTIFIERS:
            for identifier in fields[_PATIENT_IDENTIFIERS].split(repetition):
                parts = [*identifier.split(component), "", "", "", ""]
                if set(parts[3].split(sub)) & INS_AUTHORITIES and parts[0]:
                    patients[parts[0].strip().upper()] = None
        elif kind == "OBX" and len(fields) > _VALUE:
            code, value = (fields[at].split(component)[0].strip().upper() for at in (_CODE, _VALUE))
            marks.append(Mark(code, value))
    return HealthDocument(DocumentKind.HL7_V2, where, tuple(patients), tuple(marks))
