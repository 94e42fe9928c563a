"""What rules refuse with, in words, by rule and status: for what the journal knows by these two alone."""

import asyncio
from collections.abc import Mapping
from functools import cache

from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.described import families


async def rules_told() -> Mapping[tuple[str, str], Sentence]:
    """Read once, in a thread beside: it takes a while. Where a rule has several sentences, all of them."""
    return await asyncio.to_thread(_all)


@cache
def _all() -> Mapping[tuple[str, str], Sentence]:
    told: dict[tuple[str, str], Sentence] = {}
    for _, _, rows in families():
        for row in rows:
            for refusal in row.refusals:
                key = row.identifier.removeprefix("MSS-"), refusal.status.partition(" ")[2]
                known = told.get(key)
                told[key] = (
                    Sentence(fr=refusal.fr, en=refusal.en)
                    if known is None
                    else Sentence(fr=f"{known.fr} ; {refusal.fr}", en=f"{known.en}; {refusal.en}")
                )
    return told
