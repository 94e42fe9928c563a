"""The directory as FHIR resources: one to a line (NDJSON), or a Bundle. domain.md §7.

A mailbox is a ``telecom`` that carries the extension ``as-ext-mailbox-mss-metadata``; its ``rank`` 1 is the
one its holder prefers, which the other extraction does not tell. One of the *liste rouge* is left out here
already. Read are Practitioner, PractitionerRole and Organization, each by itself: references between
resources are not followed, so a role has the name that stands in it. The labels of codes are those that
stand beside them. OrganizationAffiliation is passed over: no published example of one carries a mailbox.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TextIO, TypeAlias

from vaguemestre.directory.row import UNRANKED, Row, is_kind
from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.listing import plain_number
from vaguemestre.service.ports.directory import DirectoryRefused

Resource: TypeAlias = Mapping[str, object]

_MAILBOX: Final = "as-ext-mailbox-mss-metadata"
_ROLE_NAME: Final = "practitionerRole-name"
_SECTORS: Final = "TRE-R02-SecteurActivite"
_PERSON: Final = "urn:oid:1.2.250.1.71.4.2.1"  # national number of a person: its kind, then the RPPS
_STRUCTURE: Final = "urn:oid:1.2.250.1.71.4.2.2"
_RPPS_FIRST: Final = "8"
_NATIONAL: Final = 12
_LONGEST: Final = 64 * 1024 * 1024  # characters of a Bundle, which is read whole; a line has far fewer


class Resources:
    """A file being read: its rows, and how many mailboxes in it could not be."""

    missing: tuple[str, ...] = ()

    def __init__(self, lines: TextIO, sectors: Mapping[str, str]) -> None:
        """``sectors`` by structures' plain numbers, for those that do not say it themselves."""
        self._lines = lines
        self._sectors = sectors
        self.skipped = 0

    def rows(self) -> Iterator[Row]:
        """Each in turn. Raises DirectoryRefused when the file is cut or is no FHIR."""
        for resource in self._resources():
            for telecom in _maps(resource.get("telecom")):
                metadata = _extension(telecom, _MAILBOX)
                if metadata is None or _value(metadata, "listeRouge") is True:
                    continue
                row = self._row(resource, telecom, metadata)
                if row is None:
                    self.skipped += 1
                else:
                    yield row

    def _resources(self) -> Iterator[Resource]:
        """Out of lines, or of one document on several lines."""
        first = self._line()
        whole = _parsed(first)
        if whole is None:
            whole = _parsed(first + self._rest())
            if whole is None:
                raise DirectoryRefused("The file is neither FHIR resources, one to a line, nor a Bundle")
        yield from _inside(whole)
        while line := self._line():
            if not line.strip():
                continue
            resource = _parsed(line)
            if resource is None:
                raise DirectoryRefused("The file is cut, or a line of it is not a resource")
            yield from _inside(resource)

    def _line(self) -> str:
        try:
            line = self._lines.readline(_LONGEST)
        except UnicodeDecodeError as error:
            raise DirectoryRefused("The file is not UTF-8 text") from error
        if len(line) == _LONGEST:
            raise DirectoryRefused("The file has a line that is too long: give resources one to a line")
        return line.removeprefix("\ufeff")

    def _rest(self) -> str:
        rest = self._lines.read(_LONGEST)
        if len(rest) == _LONGEST:
            raise DirectoryRefused("The Bundle is too long to be read whole: give resources one to a line")
        return rest

    def _row(self, resource: Resource, telecom: Resource, metadata: Resource) -> Row | None:
        address, kind = _text(telecom.get("value")).strip(), _text(_value(metadata, "type"))
        try:
            key = parse_address(address).key
        except AddressSyntaxError:
            return None
        if not is_kind(kind):
            return None
        person, structure = _person(resource), _structure_of(resource)
        place = next(iter(_maps(resource.get("address"))), {})
        rank = telecom.get("rank")
        return Row(
            key,
            address,
            kind,
            family=_text(person.get("family")),
            given=" ".join(_texts(person.get("given"))),
            holder=_holder(resource),
            structure=structure,
            organisation=_text(resource.get("name")),
            service=_text(_value(metadata, "service")),
            profession=_label(resource),
            street=" ".join(_texts(place.get("line"))),
            postal_code=_text(place.get("postalCode")),
            city=_text(place.get("city")),
            country=_text(place.get("country")),
            sector=_sector(resource) or self._sectors.get(plain_number(structure), ""),
            description=_text(_value(metadata, "description")),
            rank=rank if isinstance(rank, int) and rank > 0 else UNRANKED,
        )


def _inside(resource: Resource) -> Iterator[Resource]:
    """The resource, or those of a Bundle; what some files wrap in ``resource`` is taken out of it."""
    if resource.get("resourceType") == "Bundle":
        for entry in _maps(resource.get("entry")):
            yield from _maps([entry.get("resource")])
    elif "resourceType" in resource:
        yield resource
    else:
        yield from _maps([resource.get("resource")])


def _parsed(text: str) -> Resource | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _maps(value: object) -> list[Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _extension(resource: Resource, name: str) -> Resource | None:
    """By the end of its address: servers and versions differ in what stands before."""
    for one in _maps(resource.get("extension")):
        if _text(one.get("url")).rpartition("/")[2] == name:
            return one
    return None


def _value(metadata: Resource, name: str) -> object:
    """Of a part of an extension: a code may be alone, or in a concept."""
    part = _extension(metadata, name) or {}
    for key, value in part.items():
        if key == "valueCodeableConcept" and isinstance(value, dict):
            return next((coding.get("code") for coding in _maps(value.get("coding"))), None)
        if key.startswith("value"):
            return value
    return None


def _person(resource: Resource) -> Resource:
    """The name of the one it is about; a role carries it in an extension."""
    if resource.get("resourceType") == "PractitionerRole":
        named = (_extension(resource, _ROLE_NAME) or {}).get("valueHumanName")
        return named if isinstance(named, dict) else {}
    return next(iter(_maps(resource.get("name"))), {})


def _holder(resource: Resource) -> str:
    for identifier in _maps(resource.get("identifier")):
        number = _text(identifier.get("value"))
        if identifier.get("system") == _PERSON:
            is_national = len(number) == _NATIONAL and number.startswith(_RPPS_FIRST)
            return number[1:] if is_national else number
    return ""


def _structure_of(resource: Resource) -> str:
    """The number of the structure itself, or of the one where a role is held."""
    within = resource.get("organization")
    identifier = within.get("identifier") if isinstance(within, dict) else None
    for one in (*_maps(resource.get("identifier")), *_maps([identifier])):
        if one.get("system") == _STRUCTURE:
            return plain_number(_text(one.get("value")))
    return ""


def _codings(resource: Resource, name: str) -> Iterator[Resource]:
    for concept in _maps(resource.get(name)):
        yield from _maps(concept.get("coding"))


def _sector(resource: Resource) -> str:
    for coding in _codings(resource, "type"):
        if _text(coding.get("system")).rpartition("/")[2] == _SECTORS:
            return _text(coding.get("code"))
    return ""


def _label(resource: Resource) -> str:
    return next(filter(None, (_text(coding.get("display")) for coding in _codings(resource, "code"))), "")
