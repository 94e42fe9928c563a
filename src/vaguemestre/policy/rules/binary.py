"""Messages with binary parts that cannot be made what every mail program reads. RFC 3030 §3."""

from collections.abc import Mapping
from typing import Final

from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.verdict import Verdict, abstain, refuse

_IN_FRENCH: Final[Mapping[BinaryFlaw, str]] = {
    BinaryFlaw.NOT_CLOSED: "l'une finit sans séparateur, terminez la dernière par la ligne qui ferme",
    BinaryFlaw.NO_BOUNDARY: "un multipart ne dit pas son séparateur, donnez-lui un paramètre boundary",
    BinaryFlaw.SIGNED: "l'une est couverte par une signature, codez-la en base64 avant de signer",
    BinaryFlaw.UNREADABLE: "Content-Transfer-Encoding est illisible ou se contredit, écrivez-le une fois",
    BinaryFlaw.MESSAGE: "l'une est un message/… qui n'est pas un courriel entier, envoyez-la en 7bit",
    BinaryFlaw.CROWDED: "les parties sont trop nombreuses ou trop imbriquées, faites plusieurs messages",
    BinaryFlaw.LONG_HEADER: "l'en-tête d'une partie est trop long, raccourcissez-le",
}
_IN_ENGLISH: Final[Mapping[BinaryFlaw, str]] = {
    BinaryFlaw.NOT_CLOSED: "one ends without a boundary, end the last one with the line that closes",
    BinaryFlaw.NO_BOUNDARY: "a multipart does not name its boundary, give it that parameter",
    BinaryFlaw.SIGNED: "one is covered by a signature, encode it in base64 before you sign",
    BinaryFlaw.UNREADABLE: "Content-Transfer-Encoding is unreadable or contradicts itself, write it once",
    BinaryFlaw.MESSAGE: "a part of type message/… that is no whole message cannot be, send it as 7bit",
    BinaryFlaw.CROWDED: "the parts are too many or too deep in one another, send several messages",
    BinaryFlaw.LONG_HEADER: "the header of a part is too long, make it shorter",
}


def binary_parts_are_converted(case: SenderCase) -> Verdict:
    """FRM-4: binary parts that cannot be encoded in base64 on the way are refused. RFC 3030 §3."""
    flaw = case.content.binary_flaw if case.content is not None else None
    if flaw is None:
        return abstain("FRM-4")
    return refuse(
        "FRM-4",
        550,
        6,
        5,  # RFC 3463 §3.7: conversion failed
        fr=f"Les parties binaires ne peuvent pas être converties : {_IN_FRENCH[flaw]}",
        en=f"The binary parts cannot be converted: {_IN_ENGLISH[flaw]}",
    )
