"""What the MIME fields of one entity say of its content. RFC 2045 §5, RFC 2045 §6, RFC 2183 §2.

Values stay octets, as IMAP prints them in BODYSTRUCTURE. A missing or unreadable Content-Type is
``text/plain; charset=us-ascii`` (RFC 2045 §5.2), or ``message/rfc822`` inside a digest (RFC 2046 §5.1.5).
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from vaguemestre.mime.headers import Fields, first_field, unfold
from vaguemestre.mime.parameters import Parameters, parameter_text, parameters, raw_parameter, token

# RFC 2045 §5.1: content := "Content-Type" ":" type "/" subtype *(";" parameter)
_MEDIA_TYPE: Final = re.compile(rb"([!#-'*+.0-9A-Z^-z{|}~-]+)[ \t]*/[ \t]*([!#-'*+.0-9A-Z^-z{|}~-]+)")
_LEADING_COMMENT: Final = re.compile(rb"\A[ \t]*(?:\([^()]*\)[ \t]*)+")
_LANGUAGE: Final = re.compile(rb"[A-Za-z0-9-]+")
_ASCII: Final[Parameters] = ((b"charset", b"us-ascii"),)


class Encoding(StrEnum):
    """How a body was made fit to travel: none of the three identities of RFC 2045 §6.2 changes anything."""

    IDENTITY = "identity"
    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"
    UNKNOWN = "unknown"


_USUAL: Final = frozenset({b"content-type", b"content-transfer-encoding"})

_ENCODINGS: Final = {
    b"": Encoding.IDENTITY,
    b"7bit": Encoding.IDENTITY,
    b"8bit": Encoding.IDENTITY,
    b"binary": Encoding.IDENTITY,
    b"base64": Encoding.BASE64,
    b"quoted-printable": Encoding.QUOTED_PRINTABLE,
}


class Content(NamedTuple):
    """The MIME fields of an entity; ``media_type`` is ``type/subtype`` in lower case, the rest as written.

    ``is_ambiguous`` when Content-Type or Content-Transfer-Encoding stands twice and differently: two readers
    would see two contents, so nobody can vouch for either.
    """

    media_type: str
    main: bytes
    sub: bytes
    params: Parameters
    encoding: Encoding
    transfer: bytes
    identifier: bytes | None = None
    description: bytes | None = None
    md5: bytes | None = None
    disposition: bytes | None = None
    disposition_params: Parameters = ()
    languages: tuple[bytes, ...] = ()
    location: bytes | None = None
    is_ambiguous: bool = False

    @property
    def file_name(self) -> str | None:
        """Of Content-Disposition, else the ``name`` of Content-Type. Decoded; may be empty."""
        name = parameter_text(self.disposition_params, "filename")
        return name if name is not None else parameter_text(self.params, "name")

    @property
    def is_attached(self) -> bool:
        """Whether the sender says ``Content-Disposition: attachment``."""
        return self.disposition is not None and self.disposition.lower() == b"attachment"

    @property
    def charset(self) -> str:
        """The charset parameter, empty when there is none."""
        return (raw_parameter(self.params, b"charset") or b"").decode("latin-1")

    @property
    def boundary(self) -> bytes | None:
        """The boundary parameter; RFC 2046 §5.1.1: it does not end with blanks."""
        value = raw_parameter(self.params, b"boundary")
        return value.rstrip() or None if value is not None else None


PLAIN_TEXT: Final = Content("text/plain", b"text", b"plain", _ASCII, Encoding.IDENTITY, b"7BIT")
"""What an entity without any MIME field is."""

_DIGEST_MESSAGE: Final = Content("message/rfc822", b"message", b"rfc822", (), Encoding.IDENTITY, b"7BIT")


def read_content(fields: Fields, in_digest: bool = False) -> Content:
    """The content of an entity with these fields; ``in_digest`` when its parent is a multipart/digest."""
    named = [name for name in fields if name.startswith(b"content-")]
    if not named:
        return _DIGEST_MESSAGE if in_digest else PLAIN_TEXT
    if all(name in _USUAL and len(fields[name]) == 1 and len(fields[name][0]) < 200 for name in named):
        media, transfer = fields.get(b"content-type"), fields.get(b"content-transfer-encoding")
        return _usual_content(media[0] if media else None, transfer[0] if transfer else None, in_digest)
    content = _content(
        first_field(fields, b"content-type"), first_field(fields, b"content-transfer-encoding"), in_digest
    )
    disposition: bytes | None = None
    disposition_params: Parameters = ()
    value = first_field(fields, b"content-disposition")
    if value is not None:
        disposition = token(value)
        disposition_params = parameters(value)
        if disposition is None and disposition_params:
            disposition = b"attachment"  # RFC 2183 §2.8: an unknown disposition is an attachment
    return content._replace(
        identifier=first_field(fields, b"content-id"),
        description=first_field(fields, b"content-description"),
        md5=first_field(fields, b"content-md5"),
        disposition=disposition,
        disposition_params=disposition_params,
        languages=tuple(_LANGUAGE.findall(unfold(b", ".join(fields.get(b"content-language", ()))))),
        location=first_field(fields, b"content-location"),
        is_ambiguous=any(len(set(fields.get(name, ()))) > 1 for name in _USUAL),
    )


@lru_cache(maxsize=256)  # most texts say the same two lines
def _usual_content(media: bytes | None, transfer: bytes | None, in_digest: bool) -> Content:
    return _content(
        None if media is None else unfold(media), None if transfer is None else unfold(transfer), in_digest
    )


def _content(media: bytes | None, transfer: bytes | None, in_digest: bool) -> Content:
    """From Content-Type and Content-Transfer-Encoding alone, unfolded."""
    media_type, main, sub, params = (_DIGEST_MESSAGE if in_digest else PLAIN_TEXT)[:4]
    if media is not None:
        media = _LEADING_COMMENT.sub(b"", media)
        match = _MEDIA_TYPE.match(media)
        if match is not None:
            main, sub = match.groups()
            media_type = f"{main.decode('ascii')}/{sub.decode('ascii')}".lower()
            params = parameters(media)
        else:
            # RFC 2045 §5.2: an unreadable type is plain text; a name it gave is kept, for it tells of a file.
            media_type, main, sub, params = PLAIN_TEXT[:4]
            params += tuple(p for p in parameters(media) if p[0].lower().startswith(b"name"))
    word = b"7BIT" if transfer is None else token(_LEADING_COMMENT.sub(b"", transfer)) or b"7BIT"
    encoding = _ENCODINGS.get(word.lower(), Encoding.UNKNOWN)
    return Content(media_type, main, sub, params, encoding, word)
