"""A message of the service's own, filed once or forgotten: by whichever process comes first.

What was sealed for a unit is no use when the unit files nothing, because another process did, or when it
failed. It is left where it lies when nobody knows what became of the unit: a commit that broke off may have
been made, and a unit whose caller was cancelled is run all the same. What no row names is swept later.
"""

from collections.abc import Callable

from vaguemestre.service.ports.store import CommitUnknownError, Store, Transaction
from vaguemestre.service.ports.vault import SealedBody, Vault


async def filed_once(
    store: Store, vault: Vault, body: SealedBody | None, unit: Callable[[Transaction], bool], reason: str
) -> bool:
    """Whether ``unit`` filed ``body``, as it says itself. Raises StoreBusyError, OSError."""
    bodies = [body] if body is not None else []
    try:
        filed = await store.write(unit, reason)
    except CommitUnknownError:
        raise
    except Exception:
        await vault.discard(bodies)
        raise
    if not filed:
        await vault.discard(bodies)
    return filed
