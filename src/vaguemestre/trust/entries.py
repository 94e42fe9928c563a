"""The entries of a list, read from what its signature covers. domain.md §6.

The list is read as it streams: an entry is forgotten once it has been read. One that cannot be understood is
skipped and told: skipping trusts fewer, never more, and one slip of the publisher must not part five
thousand domains. More than a slip (one entry in a hundred) is another format, and the list is refused whole.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Final, NamedTuple

from lxml import etree

from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError, parse_name
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.service.ports.trust_list import ListFault, Skipped, TrustListRefused
from vaguemestre.trust.outline import LIST_NAMESPACE, ROOT, unreadable

_NAMED: Final = f"{{{LIST_NAMESPACE}}}"
_ENTRY: Final = f"{_NAMED}Domaine"
_MADE: Final = f"{_NAMED}DateDeGeneration"
_DOMAIN, _SUBJECT, _DESCRIPTION, _UPDATED = (
    f"{_NAMED}{name}" for name in ("Nom", "DNCertificatOperateur", "Description", "DateMAJ")
)
_READ: Final = frozenset({_DOMAIN, _SUBJECT, _DESCRIPTION, _UPDATED})
_PLACES: Final = {_ENTRY: (f"{_NAMED}ListeDomaines", f"{_NAMED}{ROOT}"), _MADE: (f"{_NAMED}{ROOT}",)}
_ONE_IN: Final = 100


class _EntryError(ValueError):
    """This entry cannot be understood."""


class ReadEntries(NamedTuple):
    """The list, and what is not in it."""

    trust_list: TrustList
    skipped: tuple[Skipped, ...]


def read_entries(octets: bytes) -> ReadEntries:
    """The list in canonical form, without its signature. Raises TrustListRefused."""
    made: list[str] = []
    entries: list[TrustEntry] = []
    skipped: list[Skipped] = []
    names = _Names()
    for element in _elements(octets):
        if element.tag == _MADE:
            made.append(element.text or "")
            continue
        try:
            entries.append(names.entry(element))
        except _EntryError as error:
            skipped.append(Skipped((element.findtext(_DOMAIN) or "").strip()[:255], str(error)))
    if len(made) != 1 or (generated_at := _moment(made[0])) is None:
        raise _malformed("il n'y a pas une date de génération", "it has not one date of generation")
    if not entries:
        raise _malformed("elle est vide", "it is empty")
    if len(skipped) > max(1, (len(entries) + len(skipped)) // _ONE_IN):
        count = len(skipped)
        raise _malformed(f"{count} entrées illisibles", f"{count} entries cannot be understood")
    return ReadEntries(TrustList(generated_at, entries), tuple(skipped))


def _elements(octets: bytes) -> Iterator[etree._Element]:
    """Entries and the date, each in its place; all others are passed over."""
    stream = etree.iterparse(
        BytesIO(octets),
        events=("end",),
        tag=tuple(_PLACES),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in stream:
            if tuple(parent.tag for parent in element.iterancestors()) == _PLACES[str(element.tag)]:
                yield element
            element.clear()
            while (before := element.getprevious()) is not None:
                before.getparent().remove(before)  # type: ignore[union-attr]  # it has the parent of the other
    except etree.LxmlError as error:
        raise unreadable(type(error).__name__) from error


class _Names:
    """Reads entries; operators stand for hundreds of domains, and each name is parsed once."""

    def __init__(self) -> None:
        self._read: dict[str, DistinguishedName] = {}

    def entry(self, element: etree._Element) -> TrustEntry:
        fields: dict[str, str] = {}
        for child in element:
            tag = str(child.tag)
            if tag not in _READ:
                continue
            if tag in fields or len(child):
                raise _EntryError(f"{tag.removeprefix(_NAMED)} is there twice, or holds elements")
            fields[tag] = (child.text or "").strip()
        subject = self._name(fields.get(_SUBJECT, ""))
        try:
            domain = parse_address(f"x@{fields.get(_DOMAIN, '')}").domain
        except AddressSyntaxError:
            raise _EntryError("Nom is no domain") from None
        return TrustEntry(domain, subject, fields.get(_DESCRIPTION, ""), _moment(fields.get(_UPDATED, "")))

    def _name(self, text: str) -> DistinguishedName:
        if text not in self._read:
            try:
                self._read[text] = parse_name(text)
            except NameSyntaxError:
                raise _EntryError("DNCertificatOperateur is no name of a certificate") from None
        return self._read[text]


def _moment(text: str) -> datetime | None:
    """A time of the list, which is in UTC; None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _malformed(french: str, english: str) -> TrustListRefused:
    return TrustListRefused(
        ListFault.MALFORMED,
        f"La liste est signée, mais ne peut pas être prise : {french}.",
        f"The list is signed, and cannot be taken: {english}.",
    )
