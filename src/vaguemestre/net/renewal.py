"""Certificates are renewed, and revocation lists reissued, while the server runs: new files are taken up.

A file that is wrong, or half written, is looked at again a minute later, and what was good stays in use.
Sessions that are there go on with what they began with. An authority taken out of its file stays trusted
until the next start: nothing in OpenSSL forgets one.
"""

from collections.abc import Callable
from pathlib import Path

import structlog

from vaguemestre.net.tls import CertificateError

_log = structlog.get_logger()

Stamps = tuple[tuple[int, int], ...]


class Renewal:
    """Looks at the files of one context; ``load`` takes up what they hold, or raises CertificateError."""

    def __init__(self, paths: tuple[Path, ...], load: Callable[[], None]) -> None:
        self._paths = paths
        self._load = load
        self._taken = self._stamps()

    async def run_once(self, limit: int) -> int:
        """Take up what has changed, for the background worker: never as many as ``limit``."""
        stamps = self._stamps()
        if stamps == self._taken:
            return 0
        try:
            self._load()
        except CertificateError as error:
            _log.error("certificate_not_renewed", reason=str(error))
            return 0
        self._taken = stamps
        _log.info("certificate_renewed")
        return min(1, limit - 1)

    def _stamps(self) -> Stamps:
        """When each file was written, and how large it is; zeros for one that is not there now."""
        stamps = []
        for path in self._paths:
            try:
                found = path.stat()
            except OSError:
                stamps.append((0, 0))
            else:
                stamps.append((found.st_mtime_ns, found.st_size))
        return tuple(stamps)
