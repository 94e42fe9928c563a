"""Maildir folders, as mail programs keep them: a file a message, its flags at the end of its name."""

import re
from pathlib import Path
from typing import NamedTuple

_SUBJECT = re.compile(rb"(?mi)^subject: (.*?)\r?$")


class Kept(NamedTuple):
    """A message on disk; ``flags`` by letter: D draft, F flagged, R replied, S seen, T deleted."""

    path: Path
    octets: bytes
    flags: str


def kept(folder: Path) -> dict[str, Kept]:
    """The messages of a folder by subject, which must be their own."""
    found: dict[str, Kept] = {}
    for path in (path for part in ("cur", "new") for path in (folder / part).iterdir()):
        octets = path.read_bytes()
        subject = _SUBJECT.search(octets)
        assert subject is not None, path
        name = subject[1].decode()
        assert name not in found, f"{name!r} is there twice"
        found[name] = Kept(path, octets, "".join(sorted(path.name.partition(":2,")[2])))
    return found


def flagged(message: Kept, flags: str) -> None:
    """Give it these flags and no others."""
    folder = message.path.parent.parent / "cur"
    message.path.rename(folder / f"{message.path.name.partition(':')[0]}:2,{flags}")


def written(folder: Path, octets: bytes, flags: str = "") -> None:
    """A new message, line ends as on disk."""
    (folder / "cur" / f"1.{len(octets)}.here:2,{flags}").write_bytes(octets.replace(b"\r\n", b"\n"))
