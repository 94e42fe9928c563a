"""The services over an open store and vault: settings become what a door or a command may call.

Each is made, and loaded, when it is first asked for: whoever lists accounts waits for accounts alone. A
server asks for all of them before it listens (``Services.make_all``). A file holds what belongs together;
doors and background jobs are added by ``app``, because no command but ``serve`` needs them.
"""

from vaguemestre.services.opened import journal_keys
from vaguemestre.services.opening import Services, SystemClock, open_services

__all__ = ["Services", "SystemClock", "journal_keys", "open_services"]
