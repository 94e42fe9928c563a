"""The page of standards: which section of which RFC is obeyed in which module.

Read from the source text, where a citation has one form, ``RFC 5321 §4.5.5``; a test refuses any other.
"""

import re
from collections import defaultdict
from pathlib import Path

_GAP = r"\s+(?:#\s*)?"  # a citation may be cut by the end of a line, comments included
_SECTION = r"§(?:[A-Z]|[0-9]+)(?:\.[0-9]+)*"
# RFC 9051 §6.3.1, or several of one document: RFC 9051 §6.3.1, §6.3.2 and §6.3.3
_SECTIONS = rf"{_GAP}{_SECTION}(?:,?(?:{_GAP}(?:and|or|to))?{_GAP}{_SECTION})*"
CITATION = re.compile(rf"\bRFC (?P<number>[0-9]+)(?P<sections>(?:{_SECTIONS})?)")

TITLES = {
    1035: "Domain Names: Implementation and Specification",
    1779: "A String Representation of Distinguished Names",
    1870: "SMTP Service Extension for Message Size Declaration",
    2033: "Local Mail Transfer Protocol",
    2034: "SMTP Service Extension for Returning Enhanced Error Codes",
    2045: "MIME Part One: Format of Internet Message Bodies",
    2046: "MIME Part Two: Media Types",
    2047: "MIME Part Three: Message Header Extensions for Non-ASCII Text",
    2104: "HMAC: Keyed-Hashing for Message Authentication",
    2177: "IMAP4 IDLE command",
    2180: "IMAP4 Multi-Accessed Mailbox Practice",
    2183: "The Content-Disposition Header Field",
    2231: "MIME Parameter Value and Encoded Word Extensions",
    2253: "Lightweight Directory Access Protocol (v3): UTF-8 String Representation of Distinguished Names",
    2298: "An Extensible Message Format for Message Disposition Notifications",
    2342: "IMAP4 Namespace",
    2606: "Reserved Top Level DNS Names",
    2683: "IMAP4 Implementation Recommendations",
    2798: "Definition of the inetOrgPerson LDAP Object Class",
    2852: "Deliver By SMTP Service Extension",
    2919: "List-Id: A Structured Field and Namespace for the Identification of Mailing Lists",
    2920: "SMTP Service Extension for Command Pipelining",
    2971: "IMAP4 ID extension",
    3030: "SMTP Service Extensions for Transmission of Large and Binary MIME Messages",
    3161: "Internet X.509 Public Key Infrastructure Time-Stamp Protocol (TSP)",
    3207: "SMTP Service Extension for Secure SMTP over TLS",
    3275: "(Extensible Markup Language) XML-Signature Syntax and Processing",
    3339: "Date and Time on the Internet: Timestamps",
    3348: "IMAP4 Child Mailbox Extension",
    3461: "SMTP Service Extension for Delivery Status Notifications",
    3463: "Enhanced Mail System Status Codes",
    3464: "An Extensible Message Format for Delivery Status Notifications",
    3501: "Internet Message Access Protocol, version 4rev1",
    3502: "IMAP MULTIAPPEND Extension",
    3516: "IMAP4 Binary Content Extension",
    3629: "UTF-8, a transformation format of ISO 10646",
    3691: "IMAP UNSELECT command",
    3834: "Recommendations for Automatic Responses to Electronic Mail",
    3848: "ESMTP and LMTP Transmission Types Registration",
    4013: "SASLprep: Stringprep Profile for User Names and Passwords",
    4021: "Registration of Mail and MIME Header Fields",
    4180: "Common Format and MIME Type for Comma-Separated Values (CSV) Files",
    4226: "HOTP: An HMAC-Based One-Time Password Algorithm",
    4314: "IMAP4 Access Control List (ACL) Extension",
    4315: "IMAP UIDPLUS extension",
    4422: "Simple Authentication and Security Layer (SASL)",
    4466: "Collected Extensions to IMAP4 ABNF",
    4469: "IMAP CATENATE Extension",
    4511: "Lightweight Directory Access Protocol (LDAP): The Protocol",
    4512: "Lightweight Directory Access Protocol (LDAP): Directory Information Models",
    4513: "Lightweight Directory Access Protocol (LDAP): Authentication Methods and Security Mechanisms",
    4514: "Lightweight Directory Access Protocol (LDAP): String Representation of Distinguished Names",
    4518: "Lightweight Directory Access Protocol (LDAP): Internationalized String Preparation",
    4519: "Lightweight Directory Access Protocol (LDAP): Schema for User Applications",
    4526: "Lightweight Directory Access Protocol (LDAP): Absolute True and False Filters",
    4549: "Synchronization Operations for Disconnected IMAP4 Clients",
    4616: "The PLAIN SASL Mechanism",
    4648: "The Base16, Base32, and Base64 Data Encodings",
    4731: "IMAP4 Extension to SEARCH Command for Controlling What Information Is Returned",
    4865: "SMTP Submission Service Extension for Future Message Release",
    4954: "SMTP Service Extension for Authentication",
    4959: "IMAP Extension for SASL Initial Client Response",
    4978: "The IMAP COMPRESS Extension",
    5019: "The Lightweight Online Certificate Status Protocol (OCSP) Profile for High-Volume Environments",
    5032: "WITHIN Search Extension to the IMAP Protocol",
    5051: "i;unicode-casemap - Simple Unicode Collation Algorithm",
    5092: "IMAP URL Scheme",
    5161: "The IMAP ENABLE Extension",
    5182: "IMAP Extension for Referencing the Last SEARCH Result",
    5198: "Unicode Format for Network Interchange",
    5234: "Augmented BNF for Syntax Specifications: ABNF",
    5246: "The Transport Layer Security (TLS) Protocol, version 1.2",
    5256: "IMAP SORT and THREAD Extensions",
    5258: "IMAP4 LIST Command Extensions",
    5267: "Contexts for IMAP4",
    5280: "Internet X.509 Public Key Infrastructure Certificate and CRL Profile",
    5321: "Simple Mail Transfer Protocol",
    5322: "Internet Message Format",
    5465: "The IMAP NOTIFY Extension",
    5530: "IMAP Response Codes",
    5652: "Cryptographic Message Syntax (CMS)",
    5802: "Salted Challenge Response Authentication Mechanism (SCRAM)",
    5819: "IMAP4 Extension for Returning STATUS Information in Extended LIST",
    5681: "TCP Congestion Control",
    5869: "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)",
    5891: "Internationalized Domain Names in Applications (IDNA): Protocol",
    5929: "Channel Bindings for TLS",
    5957: "Display-Based Address Sorting for the IMAP4 SORT Extension",
    6152: "SMTP Service Extension for 8-bit MIME Transport",
    6154: "IMAP LIST Extension for Special-Use Mailboxes",
    6186: "Use of SRV Records for Locating Email Submission/Access Services",
    6238: "TOTP: Time-Based One-Time Password Algorithm",
    6266: "Use of the Content-Disposition Header Field in the Hypertext Transfer Protocol (HTTP)",
    6409: "Message Submission for Mail",
    6522: "The Multipart/Report Media Type",
    6531: "SMTP Extension for Internationalized Email",
    6532: "Internationalized Email Headers",
    6533: "Internationalized Delivery Status and Disposition Notifications",
    6749: "The OAuth 2.0 Authorization Framework",
    6750: "The OAuth 2.0 Authorization Framework: Bearer Token Usage",
    6797: "HTTP Strict Transport Security (HSTS)",
    6851: "IMAP MOVE Extension",
    6855: "IMAP Support for UTF-8",
    6960: "X.509 Internet Public Key Infrastructure Online Certificate Status Protocol - OCSP",
    7162: "IMAP Extensions: Quick Flag Changes (CONDSTORE) and Quick Mailbox Resynchronization (QRESYNC)",
    7505: 'A "Null MX" No Service Resource Record for Domains That Accept No Mail',
    7519: "JSON Web Token (JWT)",
    7617: "The 'Basic' HTTP Authentication Scheme",
    7628: "A Set of SASL Mechanisms for OAuth",
    7636: "Proof Key for Code Exchange by OAuth Public Clients",
    7677: "SCRAM-SHA-256 and SCRAM-SHA-256-PLUS",
    7693: "The BLAKE2 Cryptographic Hash and Message Authentication Code (MAC)",
    7888: "IMAP4 Non-synchronizing Literals",
    7889: "The IMAP APPENDLIMIT Extension",
    8032: "Edwards-Curve Digital Signature Algorithm (EdDSA)",
    8098: "Message Disposition Notification",
    8176: "Authentication Method Reference Values",
    8314: "Cleartext Considered Obsolete: Use of TLS for Email Submission and Access",
    8438: "IMAP Extension for STATUS=SIZE",
    8446: "The Transport Layer Security (TLS) Protocol, version 1.3",
    8474: "IMAP Extension for Object Identifiers",
    8508: "IMAP REPLACE Extension",
    8514: "IMAP SAVEDATE Extension",
    8689: "SMTP Require TLS Option",
    8785: "JSON Canonicalization Scheme (JCS)",
    8878: "Zstandard Compression and the application/zstd Media Type",
    8970: "IMAP4 Extension: Message Preview Generation",
    9051: "Internet Message Access Protocol, version 4rev2",
    9106: "Argon2 Memory-Hard Function for Password Hashing",
    9110: "HTTP Semantics",
    9112: "HTTP/1.1",
    9180: "Hybrid Public Key Encryption",
    9207: "OAuth 2.0 Authorization Server Issuer Identification",
    9208: "IMAP QUOTA Extension",
    9266: "Channel Bindings for TLS 1.3",
    9325: "Recommendations for Secure Use of TLS and DTLS",
    9394: "IMAP PARTIAL Extension for Paged SEARCH and FETCH",
    9422: "The LIMITS SMTP Service Extension",
    9525: "Service Identity in TLS",
    9585: "IMAP Response Code for Command Progress Notifications",
    9586: "IMAP Extension for Using and Returning Unique Identifiers (UIDs) Only",
    9755: "IMAP Support for UTF-8",
    9979: "Registration of Further IMAP/JMAP Keywords and Mailbox Name Attributes",
}
"""Number: title. Citing another asks for its line here; a test says so."""

OPENING = """# Standards

Written by `make docs` from the citations in the source: change those, not this page. A module is listed with
the sections it obeys; where it bends one on purpose, the comment beside the citation says for whom.
"""


def _order(section: str) -> tuple[tuple[int, str], ...]:
    """4.10 after 4.9, and the document as a whole (no section) before them all."""
    return tuple((int(part), "") if part.isdigit() else (10_000, part) for part in section.split(".") if part)


def citations(package: Path) -> dict[int, dict[str, set[str]]]:
    """RFC number → section (``""`` for the whole) → modules that cite it, dotted and without the package."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(package.rglob("*.py")):
        if path == Path(__file__):
            continue  # the examples of this page are no citations
        module = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for match in CITATION.finditer(path.read_text(encoding="utf-8")):
            for section in re.findall(_SECTION, match["sections"]) or [""]:
                found[int(match["number"])][section.removeprefix("§")].add(module)
    return found


def _section_link(number: int, section: str) -> str:
    page = f"https://www.rfc-editor.org/rfc/rfc{number}.html"
    if not section:
        return f"[the whole]({page})"
    anchor = f"section-{section}" if section[0].isdigit() else f"appendix-{section}"
    return f"[§{section}]({page}#{anchor})"


def render(package: Path) -> str:
    """The page, for the package that lies at ``package``."""
    lines = [OPENING]
    for number, sections in sorted(citations(package).items()):
        lines += [
            f"## RFC {number}: {TITLES.get(number, 'untitled')}",
            "",
            "| section | modules |",
            "|---|---|",
        ]
        for section in sorted(sections, key=_order):
            modules = ", ".join(f"`{name}`" for name in sorted(sections[section]))
            lines.append(f"| {_section_link(number, section)} | {modules} |")
        lines.append("")
    return "\n".join(lines)
