"""Whether a full disk is at the bottom of what went wrong: ours to mend, and temporary. RFC 5321 §4.2.2."""

import errno
from typing import Final

from vaguemestre.service.ports.store import StoreBusyError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: BaseException | None) -> bool:
    """Looks through causes too: the store wraps what its database said."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, StoreBusyError) and "is full" in str(error):
            return True  # as SQLite says it: its error carries no errno
        error = error.__cause__
    return False
