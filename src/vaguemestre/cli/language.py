"""The language of whoever reads the terminal: French where the locale is a French one, else English."""

import os
from collections.abc import Mapping

from vaguemestre.mail.sentence import Sentence


def speaks_french(environment: Mapping[str, str]) -> bool:
    """Whether the reader's locale is a French one."""
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return locale.lower().startswith("fr")


def in_words(sentence: Sentence) -> str:
    """What is to be said, in the reader's language."""
    return sentence.fr if speaks_french(os.environ) else sentence.en
