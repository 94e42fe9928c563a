"""The national health identity (*matricule INS*), as a citizen's address carries it. domain.md §1, §2.

Shape and key are two facts: the shape is parsed here, the key is judged by a rule, because production
refuses a wrong key where a demonstration only warns.
"""

import re
from dataclasses import dataclass

# 13 characters of NIR or NIA, then the key; births in Corsica carry 2A or 2B at characters 6 and 7.
_SHAPE = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[ABab])[0-9]{6}[0-9]{2}")
_IN_A_SENTENCE = re.compile(rf"(?<![0-9A-Za-z]){_SHAPE.pattern}(?![0-9A-Za-z])")

_UNIT = re.compile(r"(?<![0-9A-Za-z])OU ?= ?\Z", re.IGNORECASE)  # an organisational unit, and its value next
_SIRET = 14

_CORSICA = {"2A": "19", "2B": "18"}


class InsSyntaxError(ValueError):
    """The text does not have the shape of a matricule INS: fifteen characters."""


@dataclass(frozen=True, slots=True)
class Ins:
    """Fifteen characters, letters in capitals. Never logged whole: print ``masked``."""

    text: str

    @property
    def key(self) -> int:
        """The two last digits, as they stand."""
        return int(self.text[13:])

    @property
    def right_key(self) -> int:
        """97 - (N mod 97), N the 13 first characters with 2A read 19 and 2B read 18. domain.md §2."""
        department = _CORSICA.get(self.text[5:7], self.text[5:7])
        return 97 - int(f"{self.text[:5]}{department}{self.text[7:13]}") % 97

    @property
    def has_right_key(self) -> bool:
        """Whether the key standing there is the one that the number asks for."""
        return self.key == self.right_key

    @property
    def masked(self) -> str:
        """What may be shown to somebody who need not know: sex and the key, the rest as dots."""
        return f"{self.text[0]}{'·' * 12}{self.text[13:]}"

    def __repr__(self) -> str:
        return f"Ins({self.masked})"  # a traceback or a log line must not reveal a person


def with_ins_masked(text: str) -> str:
    """A sentence for people, every matricule in it masked: standard error is often kept, and photographed."""
    return _IN_A_SENTENCE.sub(_masked_unless_of_a_structure, text)


def _masked_unless_of_a_structure(found: re.Match[str]) -> str:
    return found[0] if is_of_a_structure(found) else Ins(found[0].upper()).masked


def is_of_a_structure(found: re.Match[str]) -> bool:
    """Whether what was found in a text is the number of an operator's certificate: a 3, then its SIRET.

    domain.md §6 has it as ``OU=3<SIRET>``: as many digits as an INS. Where it stands, the SIRET's own check
    digit and a key that is wrong for an INS have to say so, all three; else it is somebody's.
    """
    before, after = found.string[: found.start()], found.string[found.end() : found.end() + 1]
    number = found[0]
    stands_there = number.startswith("3") and number.isdecimal() and _UNIT.search(before) is not None
    if not stands_there or len(number) != _SIRET + 1 or after.isalnum():
        return False
    return _has_check_digit(number[1:]) and not Ins(number).has_right_key


def _has_check_digit(digits: str) -> bool:
    """ISO/IEC 7812-1, Luhn's: each second digit from the last is doubled."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def parse_ins(text: str) -> Ins:
    """Read a matricule, case ignored; raise InsSyntaxError when the shape is not one."""
    if _SHAPE.fullmatch(text) is None:
        raise InsSyntaxError("a matricule INS is 15 characters: 13 of the number, then 2 of the key")
    return Ins(text.upper())
