"""XML as it comes from outside: read once from front to back, bounded in size and depth, without entities.

expat, not lxml: it calls back as elements go by and builds no tree, so that of a document of megabytes the
header alone is read. A document type is refused at its first word: without one there are no entities but the
five of XML, nothing to expand, and nothing to fetch.
"""

from typing import Final
from xml.parsers import expat

_STRIDE: Final = 64 * 1024
_DEEPEST: Final = 64
_LARGEST: Final = 4 * 1024 * 1024  # octets read; a header takes some 50 KiB, a list less


class XmlError(Exception):
    """It is not XML that this server reads."""


class Enough(Exception):  # noqa: N818 (what was looked for has been read)
    """Raised by a reader that wants no more."""


class XmlReader:
    """Subclasses are told of elements by their names without namespace, and of their text."""

    def begin(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        """An element begins: its name is the last of the path."""

    def text(self, path: tuple[str, ...], text: str) -> None:
        """Some of the text of the innermost element; it may come in pieces."""

    def end(self, path: tuple[str, ...]) -> None:
        """An element ends."""


def read_xml(octets: bytes, reader: XmlReader) -> None:
    """Read until the end, or until the reader has enough. Raises XmlError."""
    path: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def begin(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        if len(path) > _DEEPEST:
            raise XmlError("too deep")
        reader.begin(tuple(path), attributes)

    def end(_name: str) -> None:
        reader.end(tuple(path))
        path.pop()

    def refuse(*_declared: object) -> None:
        raise XmlError("it declares a document type")

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: reader.text(tuple(path), text)
    parser.StartDoctypeDeclHandler = refuse
    try:
        for at in range(0, min(len(octets), _LARGEST), _STRIDE):
            parser.Parse(octets[at : at + _STRIDE], False)
        if len(octets) > _LARGEST:
            raise XmlError("too large")
        parser.Parse(b"", True)
    except Enough:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from error
