"""A witness of the journal's chain, in a key store of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from vaguemestre.vault.open import open_keystore
from vaguemestre.vault.witness import KeptWitness


@contextmanager
def a_witness(path: Path, key: bytes) -> Iterator[KeptWitness]:
    """Kept in that file."""
    store = open_keystore(f"sqlite:///{path}")
    with ThreadPoolExecutor(1) as executor:
        yield KeptWitness(store, executor, key)
    store.close()
