"""Base subjects: RFC 5256 §2.1; and how texts compare: RFC 5051 §2."""

from time import process_time

import pytest

from vaguemestre.mime.collation import casemap
from vaguemestre.mime.subject import base_subject


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("Compte rendu", "Compte rendu", False),
        ("Re: Compte rendu", "Compte rendu", True),
        ("RE : Fwd: FW:Compte   rendu ", "Compte rendu", True),
        ("Re[2]: Compte rendu", "Compte rendu", True),
        ("Re [x] : Compte rendu", "Compte rendu", True),
        ("[liste] Compte rendu", "Compte rendu", False),
        ("[liste] Re: [autre] [encore] Compte rendu", "Compte rendu", True),
        ("[a][b]", "[b]", False),
        ("Re: [a]", "[a]", True),
        ("Re: [a] Re:", "", True),
        ("[a] Re: b", "b", True),
        ("Compte rendu (fwd) (FWD) ", "Compte rendu", True),
        ("Compte rendu(fwd)", "Compte rendu", True),
        ("[Fwd: Compte rendu]", "Compte rendu", True),
        ("Re: [fwd: Re: [fwd: Compte rendu (fwd)]]", "Compte rendu", True),
        ("[fwd: Compte rendu] suite", "suite", False),
        ("[fwd:]", "", True),
        ("Re:", "", True),
        ("Re", "Re", False),
        ("Retour", "Retour", False),
        ("Réf: x", "Réf: x", False),
        ("[ouvert", "[ouvert", False),
        ("(fwd)", "", True),
        ("\tRe:\t[a]\tx\t", "x", True),
        ("", "", False),
    ],
)
def test_marks_of_answers_and_forwards_are_taken_away(subject: str, base: str, is_reply: bool) -> None:
    assert base_subject(subject) == (base, is_reply)


@pytest.mark.parametrize(
    "subject",
    ["Re:" * 50_000, "[a]" * 50_000, "[fwd:" * 50_000 + "]" * 50_000, "[" * 90_000, "(fwd)" * 50_000],
)
def test_the_time_is_that_of_reading_once(subject: str) -> None:
    started = process_time()
    base_subject(subject)
    assert process_time() - started < 1


def test_texts_compare_without_case_and_accents_come_after_letters() -> None:
    names = ["zoé", "Élodie", "eva", "ELODIE", "strasse", "straße", "Anne"]
    assert sorted(names, key=casemap) == ["Anne", "ELODIE", "eva", "Élodie", "strasse", "straße", "zoé"]
    assert casemap("RÉSULTATS") == casemap("résultats")
