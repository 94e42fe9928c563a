"""Health documents as software writes them, made here: fictitious people, public test identities."""

from collections.abc import Sequence

from tests.support.archives import a_zip

PATIENT = "279035121518989"  # who holds tests.support.builders.CITIZEN
NAMESAKE = "277076322082910"
TEST = "1.2.250.1.213.1.4.10"
HOSPITAL = "1.2.3.4.567.8.9.10"


def a_cda(
    *patients: str, codes: Sequence[str] = ("N",), authority: str = TEST, body: str = "Bonjour"
) -> bytes:
    """A document whose patient has these matricules, and a hospital's own number."""
    confidentiality = "".join(
        f'<confidentialityCode code="{code}" codeSystem="2.16.840.1.113883.5.25"/>' for code in codes
    )
    numbers = "".join(f'<id extension="{patient}" root="{authority}"/>' for patient in patients)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="x.xsl"?>\n'
        '<!-- Compte rendu -->\n<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3"/>'
        '<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><title>Biologie</title>'
        f"{confidentiality}<recordTarget><patientRole>{numbers}"
        f'<id extension="1234567890121" root="{HOSPITAL}"/><patient><name><family>EXEMPLE</family></name>'
        f"</patient></patientRole></recordTarget><component><nonXMLBody><text>{body}</text></nonXMLBody>"
        "</component></ClinicalDocument>"
    ).encode()


def metadata(*documents: tuple[str, Sequence[str]], authority: str = TEST) -> bytes:
    """The list of an XDM archive: for each document its patient and its confidentiality codes."""
    objects = "".join(
        f"""<rim:ExtrinsicObject id="Document{number}" mimeType="text/xml"
          objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">
          <rim:Slot name="URI"><rim:ValueList>
            <rim:Value>DOC{number:05}.XML</rim:Value></rim:ValueList></rim:Slot>
          <rim:Slot name="sourcePatientId"><rim:ValueList>
            <rim:Value>{patient}^^^&amp;{authority}&amp;ISO^NH</rim:Value></rim:ValueList></rim:Slot>
          {"".join(_classification(code) for code in codes)}</rim:ExtrinsicObject>"""
        for number, (patient, codes) in enumerate(documents, 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
      <lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
        xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>
        <rim:RegistryPackage id="SubmissionSet01"/>{objects}
      </rim:RegistryObjectList></lcm:SubmitObjectsRequest>""".encode()


def _classification(code: str) -> str:
    return f"""<rim:Classification id="c" classifiedObject="d" nodeRepresentation="{code}"
      classificationScheme="urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"/>"""


def an_xdm(list_: bytes, *documents: bytes, name: str = "IHE_XDM/SUBSET01/METADATA.XML") -> bytes:
    """An archive in the form of IHE XDM."""
    beside = {
        f"IHE_XDM/SUBSET01/DOC{number:05}.XML": document for number, document in enumerate(documents, 1)
    }
    return a_zip({"README.TXT": b"Lisez-moi", "INDEX.HTM": b"<html></html>", name: list_, **beside})


def an_hl7_message(patient: str, **marks: str) -> bytes:
    """A message of HL7 v2 that carries a document, with marks after it."""
    observations = "\r".join(
        f"OBX|{number}|CWE|{code}^Libelle^MetaDMPMSS||{value}^^expandedYes-NoIndicator||||||F|"
        for number, (code, value) in enumerate(marks.items(), 2)
    )
    return (
        "MSH|^~\\&|RIS|Organisation|PFI|Organisation|202106060931||MDM^T02^MDM_T02|015|P|2.6\r"
        f"PID|||12345^^^HOPITAL&{HOSPITAL}&ISO^PI~{patient}^^^ASIP-SANTE-INS-NIR&{TEST}&ISO^INS||EXEMPLE^ANNE\r"
        "OBX|1|ED|18748-4^CR^LN||^text^XML^Base64^RG9j||||||F|\r"
        f"{observations}\r"
    ).encode()
