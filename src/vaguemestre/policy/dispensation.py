"""Whether a pharmacy has dispensed to a person lately: what the outside answered, as a rule may see it."""

from enum import StrEnum


class Dispensation(StrEnum):
    """domain.md §2: within twelve months; nobody here can know, so somebody else is asked."""

    NOT_ASKED = "not asked"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    UNKNOWN = "unknown"  # whoever is to be asked is out of reach, or answers what makes no sense
