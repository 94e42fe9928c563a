"""Making the tables of a database, or bringing them up to this release: never done by a server on its own."""

from pathlib import Path
from typing import Final

from vaguemestre.store.migrations.running import upgrade
from vaguemestre.store.open import check_not_newer

_SQLITE: Final = "sqlite:///"


def migrate(url: str) -> None:
    """Blocking. Raises DatabaseUrlError, NewerSchemaError, StoreBusyError; nothing is touched then."""
    check_not_newer(url)
    if url.startswith(_SQLITE):
        # Addresses hold matricules: nobody else reads the file, nor the log that takes after it.
        Path(url.removeprefix(_SQLITE)).touch(mode=0o600)
    upgrade(url)
