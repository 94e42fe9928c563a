"""The settings of ``[metrics]``: who may ask for the numbers. ``[listen] metrics`` says where."""

from pathlib import Path

from vaguemestre.settings.section import Section


class MetricsSection(Section):
    """The numbers that Prometheus asks for."""

    token_file: Path | None = None
    """A file holding the token that has to be shown (`Authorization: Bearer …`). Without it the numbers are
    given at `[listen] metrics` alone, to whoever reaches that."""
