"""What is said of each setting, read from under it."""

from vaguemestre.settings.section import Section, descriptions


class Plain(Section):
    """A section."""

    first: int = 1
    """Said in
    two lines."""

    second: int = 2


class Further(Plain):
    """One made from another."""

    third: int = 3
    """Said below."""

    @property
    def twice(self) -> int:
        """No setting, and so not told."""
        return 2 * self.third


def test_a_section_tells_what_stands_under_its_fields_and_under_those_it_is_made_from() -> None:
    assert descriptions(Plain) == {"first": "Said in two lines."}
    assert descriptions(Further) == {"first": "Said in two lines.", "third": "Said below."}
