"""The settings of ``[statistics]``: our figures under names of others. domain.md §8."""

from pydantic import Field, field_validator

from vaguemestre.service.statistics.indicators import columns_from
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Words


class StatisticsSection(Section):
    """What took place in a month, by domain, as `vaguemestre statistics` shows it."""

    columns: Words = ()
    """The columns of the file that `vaguemestre statistics --columns` writes, a row a month and domain:
    `NAME=INDICATOR`, of one kind of mailbox `NAME=INDICATOR/PER`; `NAME=month`, `NAME=domain`, and
    `NAME==TEXT` for a text that is always the same. Indicators are the columns that `--csv` writes. The
    official names are not published: none is set."""

    separator: str = Field(default=";", min_length=1, max_length=1)
    """What stands between two columns of that file."""

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        columns_from(columns)
        return columns
