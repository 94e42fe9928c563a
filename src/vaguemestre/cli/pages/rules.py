"""The page of rules: each one's identifier, what it says, its refusals in both languages, source and age.

``policy.described`` reads them.
"""

from typing import Final

from vaguemestre.policy.described import Row, families

OPENING: Final = """# Rules

Written by `make docs` from `policy/rulebook.py`: change the rules, not this page.

A rule is a pure function of a case. It permits, refuses or abstains, and order never matters:
**refuse beats permit, permit beats abstain, and silence refuses** (`MSS-CONV-0`, below).
Of several refusals a permanent one is said before a temporary one, then the smallest identifier.

Who is refused reads both sentences, French first, each after the identifier, in a reply of two lines:

```
550-5.7.1 [MSS-CONV-2] Cette conversation a ete cloturee par le professionnel
550 5.7.1 [MSS-CONV-2] This conversation has been closed by the professional
```

There the accents are dropped, because SMTP replies are ASCII; a message that reports a refusal has them.
An identifier never changes, so that it can be searched for; a sentence may become clearer.
In a sentence, `…` stands for a figure or a name.

To add a rule, see [CONTRIBUTING](../CONTRIBUTING.md).
"""

_TITLES: Final = (
    "| Identifier | Rule | Reply | In French | In English | Source | Since |\n|---|---|---|---|---|---|---|"
)


def _line(row: Row) -> str:
    source = row.source.replace("domain.md", "[domain](domain.md)")
    replies = [*(["permits"] if row.permits else []), *(f"`{refusal.status}`" for refusal in row.refusals)]
    cells = [
        row.identifier,
        row.says,
        "<br>".join(replies),
        "<br>".join(refusal.fr for refusal in row.refusals),
        "<br>".join(refusal.en for refusal in row.refusals),
        source,
        row.since,
    ]
    return f"| {' | '.join(cells)} |".replace("<>", "&lt;&gt;")


def render() -> str:
    """The whole page."""
    lines = [OPENING]
    for title, opening, rows in families():
        lines += [f"## {title}", "", opening, "", _TITLES, *map(_line, rows), ""]
    return "\n".join(lines)
