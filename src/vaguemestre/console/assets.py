"""The console's own files: style and scripts, read once, named with their digest so that they may be kept.

Nothing of a page comes from elsewhere; a browser asks for each file once a release.
"""

import hashlib
from importlib.resources import files
from typing import Final, NamedTuple

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """One file. ``digest`` names its content."""

    octets: bytes
    media_type: str
    digest: str


class Assets:
    """All of them, in memory: some tens of kilobytes."""

    def __init__(self) -> None:
        self._found: dict[str, Asset] = {}
        for file in files("vaguemestre.console").joinpath("static").iterdir():
            ending = file.name[file.name.rfind(".") :]
            if ending in _TYPES:
                octets = file.read_bytes()
                digest = hashlib.sha256(octets).hexdigest()[:12]
                self._found[file.name] = Asset(octets, _TYPES[ending], digest)

    def get(self, name: str) -> Asset | None:
        """None for one that there is not."""
        return self._found.get(name)

    def path(self, name: str) -> str:
        """Where a page finds it. Raises KeyError: a page that names what is not there is ours to mend."""
        return f"/static/{name}?{self._found[name].digest}"
