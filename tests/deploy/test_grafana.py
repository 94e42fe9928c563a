"""The dashboard asks for numbers that there are, by labels that they have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families
from tests.support.tree import ROOT

from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.service.health import figures, readings
from vaguemestre.service.health.figures import Family, Figure, Shape, Spreading

DASHBOARD: Path = ROOT / "deploy" / "grafana.json"
EVERY = [one for module in (figures, readings) for one in vars(module).values() if isinstance(one, Figure)]
_NAME = re.compile(r"\b(vaguemestre_\w+)")
_BY = re.compile(r"by \(([^)]*)\)")
_FROM_PROMETHEUS = {"instance", "le"}


def queries() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def exposed() -> dict[str, set[str]]:
    """The names on the page, with the labels of each."""
    families = [
        Family(figure, {tuple("x" for _ in figure.labels): 1.0}, Spreading(MappingProxyType({1.0: 1}), 1.0))
        if figure.shape is Shape.HISTOGRAM
        else Family(figure, {tuple("x" for _ in figure.labels): 1.0})
        for figure in EVERY
    ]
    page = PrometheusText().text(families).decode()
    found = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in found}


def test_every_query_is_about_numbers_that_there_are() -> None:
    names = exposed()
    asked = {name for query in queries() for name in _NAME.findall(query)}
    assert asked <= set(names), asked - set(names)
    assert len(asked) > 10


def test_every_query_groups_by_labels_that_its_numbers_have() -> None:
    names = exposed()
    for query in queries():
        labels = {label.strip() for group in _BY.findall(query) for label in group.split(",")}
        had = set().union(*(names[name] for name in _NAME.findall(query)))
        assert labels <= had | _FROM_PROMETHEUS, query


def test_panels_lie_side_by_side() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_number_is_told_in_the_operators_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [figure.name for figure in EVERY if figure.name not in page] == []
