"""By when a message is to be delivered, as two columns: ``deliver_by``, ``deliver_by_mode``. RFC 2852 §4."""

from typing import Final

from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.store.times import from_micros, to_micros

_TRACED: Final = "T"


def written(due: DeliverBy | None) -> dict[str, int | str | None]:
    """The values of both columns."""
    if due is None:
        return {"deliver_by": None, "deliver_by_mode": ""}
    return {
        "deliver_by": to_micros(due.at),
        "deliver_by_mode": due.mode.value + (_TRACED if due.is_traced else ""),
    }


def read(at: int | None, mode: str) -> DeliverBy | None:
    """What they say."""
    return None if at is None else DeliverBy(from_micros(at), Lateness(mode[0]), mode[1:] == _TRACED)
