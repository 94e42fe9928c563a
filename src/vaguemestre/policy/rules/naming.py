"""How a refusal names an attachment: the name is the sender's own, and helps him find it."""

from typing import Final

_LONGEST: Final = 60  # characters


def in_french(name: str) -> str:
    """Between quotation marks, printable and not long; or said to be missing."""
    return f"« {_shown(name)} »" if name else "sans nom"


def in_english(name: str) -> str:
    """The same in English."""
    return f'"{_shown(name)}"' if name else "without a name"


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() and c not in '"«»' else "?" for c in name[:_LONGEST])
