"""A process says how it is in one line, and whoever hears something else says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.service.health.pulse import Pulse, said, understood
from vaguemestre.service.ports.sample import Series

PULSES = st.builds(
    Pulse,
    st.dictionaries(st.tuples(st.sampled_from(Series), st.text()), st.floats(allow_nan=False)),
    st.dictionaries(st.text(), st.integers(min_value=0)),
)


@given(PULSES)
def test_what_is_said_is_understood(pulse: Pulse) -> None:
    line = said(pulse)
    assert "\n" not in line
    assert understood(line) == pulse


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ready",
        "[]",
        "{}",
        '{"rates":[],"connections":[]}',
        '{"rates":{},"connections":7}',
        '{"rates":[["accepted","PER"]],"connections":{}}',
        '{"rates":[["moonlight","",1]],"connections":{}}',
        '{"rates":[["accepted","PER","many"]],"connections":{}}',
        '{"rates":[["accepted","PER",null]],"connections":{}}',
        '{"rates":[],"connections":{"imap":Infinity}}',
        "[" * 100_000,
    ],
)
def test_what_is_none_is_not_taken_for_one(line: str) -> None:
    with pytest.raises(ValueError, match="this is no pulse"):
        understood(line)
