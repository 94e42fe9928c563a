"""The words by which an account of ours is found. ``service.ports.published``.

They are kept as octets of UTF-8: both databases then compare them alike, whatever their collation.
"""

from typing import Final

from vaguemestre.mail.folding import words_of
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.published import LISTED_KINDS

ADD_WORD: Final = "INSERT INTO holder_word (word, bal) VALUES (:word, :bal)"


def words_of_holder(new: NewBal) -> list[bytes]:
    """Of name, address and numbers, each once; none for those that no directory lists."""
    if new.kind not in LISTED_KINDS:
        return []
    told = " ".join(filter(None, (new.name, new.address.local, new.rpps, new.finess)))
    return [word.encode() for word in words_of(told)]
