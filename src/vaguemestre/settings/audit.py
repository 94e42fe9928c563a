"""The settings of ``[audit]``: the chain over the journal, and its anchors."""

from pathlib import Path

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Seconds


class AuditSection(Section):
    """Who changes the journal is found out."""

    delay: Seconds = 1
    """How long a line may wait for its place in the chain. Until it has one, it can be taken out unseen."""

    anchors: Path = Path("anchors")
    """The folder in which each day's anchor is written: the head of the chain, signed. Copy it elsewhere, or
    have it time-stamped: it tells whoever holds the keys too."""
