"""A SQLite file with every table, as a copy of one migrated once: a copy costs a hundredth of a migration.

That the migrations make what the code expects is the affair of ``tests/migrations``; nothing else has to
run them all, each time.
"""

import tempfile
from functools import cache
from pathlib import Path

from vaguemestre.store.migrating import migrate


def a_migrated_file(path: Path) -> str:
    """The URL of a database with its tables; one that is there already is left as it is."""
    if not path.exists():
        path.write_bytes(_octets())
    return f"sqlite:///{path}"


@cache
def _octets() -> bytes:
    """Once a process. The last connection of a file in WAL mode leaves everything in the file itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()
