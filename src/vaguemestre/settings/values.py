"""The kinds of value a setting may hold: endpoints, sizes, durations, domains, database addresses.

Each says its unit, which the generated pages and the commented file print. An environment variable holds
one text: a list is written there with commas, or as it stands in the file, which is JSON too.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, ByteSize, Field, TypeAdapter

from vaguemestre.mail.bal import BalKind
from vaguemestre.net.http import is_web
from vaguemestre.policy.limits import Allowance, Carriage

# RFC 1035 §2.3.1 labels; at least two of them, since a trust space has no single-label domain.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_ENDPOINT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:\s]+):(?P<port>[0-9]{1,5})")
_MOST_DAYS = 3650
_DATABASE = re.compile(r"sqlite:///|postgresql://")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts, or how a text is written; metadata of a setting."""

    text: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port to listen on. Port 0 lets the system choose; ``host`` is without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_endpoint(value: object) -> Endpoint | None:
    """``host:port``, an IPv6 host in brackets; ``None`` for the empty text. Raises ValueError."""
    if value is None or isinstance(value, Endpoint):
        return value
    if not isinstance(value, str):
        raise ValueError('write it as text: "host:port", or "" to disable')
    if not value.strip():
        return None
    match = _ENDPOINT.fullmatch(value.strip())
    if match is None:
        raise ValueError(f'{value!r} is not host:port (an IPv6 host goes in brackets: "[::1]:993")')
    if int(match["port"]) > 65535:
        raise ValueError(f"{match['port']} is not a port: they end at 65535")
    return Endpoint(match["host"].strip("[]"), int(match["port"]))


@dataclass(frozen=True, slots=True)
class FolderDelay:
    """A mailbox, by its name or its special use without the backslash, and how many days it keeps."""

    name: str
    days: int

    def __str__(self) -> str:
        return f"{self.name} {self.days}"


def read_list(value: object, example: str) -> list[str]:
    """The texts of a list, without the spaces around and the empty ones. Raises ValueError.

    ``example`` is one of them, for the sentence that says how to write it.
    """
    items = value
    if isinstance(value, str):
        try:
            items = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
        except ValueError:
            items = None  # it begins as a list, and is none
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | FolderDelay) for item in items):
        raise ValueError(f'write it as a list of texts: ["{example}", "…"], or in a variable {example},…')
    return [text for item in items if (text := str(item).strip())]


def read_folder_delays(value: object) -> tuple[FolderDelay, ...]:
    """Names and days, each name once; one text of several is parted by commas. Raises ValueError."""
    found: dict[str, FolderDelay] = {}
    for text in read_list(value, "Trash 30"):
        name, _, days = text.rpartition(" ")
        name = name.strip().removeprefix("\\")
        if re.fullmatch("[1-9][0-9]{0,3}", days) is None or int(days) > _MOST_DAYS or not name:
            raise ValueError(f"{text!r} is not a mailbox and 1 to {_MOST_DAYS} days, such as Trash 30")
        if "/" in name or name.upper() == "INBOX":
            raise ValueError(f"{name} cannot have a delay of its own: name a mailbox of the first level")
        if name in found:
            raise ValueError(f"{name} is named twice")
        found[name] = FolderDelay(name, int(days))
    return tuple(found.values())


def read_words(value: object) -> tuple[str, ...]:
    """Words as they are written, in the order given; one text of several is parted by commas."""
    return tuple(read_list(value, "one"))


def read_sources(value: object) -> tuple[str | Path, ...]:
    """Files, and what stands at http and https addresses; one text of several is parted by commas."""
    if isinstance(value, tuple) and all(isinstance(item, Path) or is_web(str(item)) for item in value):
        return value
    return tuple(
        text if is_web(text) else Path(text) for text in read_list(value, "http://liste.example/a.crl")
    )


def read_domains(value: object) -> tuple[str, ...]:
    """Domains, folded to lower case, without repeats, in the order given. Raises ValueError."""
    domains: dict[str, None] = {}
    for name in read_list(value, "hopital.mssante.fr"):
        domain = name.lower()
        if _DOMAIN.fullmatch(domain) is None:
            raise ValueError(f"{name!r} is not a domain name, such as hopital.mssante.fr")
        domains[domain] = None
    return tuple(domains)


def read_kinds(value: object) -> tuple[BalKind, ...]:
    """Kinds of mailboxes, without repeats. Raises ValueError."""
    words = read_list(value, "CITIZEN")
    try:
        return tuple(dict.fromkeys(BalKind(word.upper()) for word in words))
    except ValueError:
        raise ValueError(f"it names kinds of mailboxes: {', '.join(BalKind)}") from None


def read_database_url(value: object) -> str:
    """The address of one of the two databases this server knows. Raises ValueError."""
    text = str(value).strip()
    if text and _DATABASE.match(text) is None:
        raise ValueError("write sqlite:///file.db (relative to this file) or postgresql://user@host/name")
    return text


_ALLOWED = {
    "messages/minute": "messages_a_minute",
    "messages/day": "messages_a_day",
    "recipients/message": "recipients",
    "recipients/day": "recipients_a_day",
    "connections": "connections",
}


def read_allowance(value: object) -> Allowance:
    """Five numbers, each with what it counts, in any order, parted by commas. Raises ValueError."""
    if isinstance(value, Allowance):
        return value
    found: dict[str, int] = {}
    for piece in str(value).split(","):
        number, _, what = piece.strip().partition(" ")
        name = _ALLOWED.get(what.strip())
        if name is None or name in found or re.fullmatch("[1-9][0-9]{0,8}", number) is None:
            raise ValueError(f"{piece.strip()!r} is not a number and once one of {', '.join(_ALLOWED)}")
        found[name] = int(number)
    missing = [what for what, name in _ALLOWED.items() if name not in found]
    if missing:
        raise ValueError(f"{', '.join(missing)} not said")
    return Allowance(**found)


_CARRIED = re.compile(
    r"(?P<message>[0-9.]+ ?[kKMG]i?B) message, (?P<attachments>[0-9.]+ ?[kKMG]i?B) in "
    r"(?P<count>[1-9][0-9]{0,5}) attachments?"
)
_SIZE: TypeAdapter[ByteSize] = TypeAdapter(ByteSize)


def read_carriage(value: object) -> Carriage:
    """``25 MB message, 10 MB in 50 attachments``. Raises ValueError."""
    if isinstance(value, Carriage):
        return value
    match = _CARRIED.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is not written like: {Carriage()}")
    message, attachments = (_SIZE.validate_python(match[name]) for name in ("message", "attachments"))
    return Carriage(int(message), int(attachments), int(match["count"]))


Carrying: TypeAlias = Annotated[
    Carriage, BeforeValidator(read_carriage), Unit("largest message, attachments decoded and their number")
]
Sending: TypeAlias = Annotated[
    Allowance, BeforeValidator(read_allowance), Unit("messages, recipients, connections")
]
Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(read_words), Unit("list of words")]
OptionalEndpoint: TypeAlias = Annotated[
    Endpoint | None, BeforeValidator(read_endpoint), Unit("host:port, empty disables")
]
Sources: TypeAlias = Annotated[
    tuple[str | Path, ...], BeforeValidator(read_sources), Unit("list of addresses and files")
]
Domains: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(read_domains), Unit("list of domain names")]
DatabaseUrl: TypeAlias = Annotated[str, BeforeValidator(read_database_url), Unit("database URL")]
Kinds: TypeAlias = Annotated[
    tuple[BalKind, ...], BeforeValidator(read_kinds), Unit("list of kinds of mailboxes")
]
Size: TypeAlias = Annotated[ByteSize, Field(ge=0), Unit('octets, or text such as "10 MB" or "25 MiB"')]
Count: TypeAlias = Annotated[int, Field(ge=1), Unit("number")]
Processes: TypeAlias = Annotated[int, Field(ge=1, le=64), Unit("number")]
Percent: TypeAlias = Annotated[int, Field(ge=0, le=100), Unit("hundredths")]
Days: TypeAlias = Annotated[int, Field(ge=1, le=_MOST_DAYS), Unit("days")]
DaysBefore: TypeAlias = Annotated[int, Field(ge=0, le=90), Unit("days, 0 for never")]
DaysOrNever: TypeAlias = Annotated[int, Field(ge=0, le=_MOST_DAYS), Unit("days")]
FolderDelays: TypeAlias = Annotated[
    tuple[FolderDelay, ...],
    BeforeValidator(read_folder_delays),
    Unit("list of mailboxes, each with its days"),
]
Hold: TypeAlias = Annotated[int, Field(ge=0, le=30), Unit("days, 30 at most")]
Seconds: TypeAlias = Annotated[int, Field(ge=1, le=86400), Unit("seconds")]
