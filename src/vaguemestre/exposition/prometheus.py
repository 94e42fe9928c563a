"""The figures in the text format of Prometheus, written by its own library.

The library's registry is used as a list and no more: what is counted is counted in
``service.health.figures``, without its locks, and becomes its families when somebody asks.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from vaguemestre.service.health.figures import Family, Shape, Spreading


class PrometheusText:
    """``service.health.readings.Exposition``."""

    content_type: Final = CONTENT_TYPE_LATEST

    def text(self, families: Sequence[Family]) -> bytes:
        """The page that is scraped."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Found(families))
        return generate_latest(registry)


class _Found(Collector):
    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return map(_metric, self._families)


def _metric(family: Family) -> Metric:
    figure = family.figure
    if figure.shape is Shape.HISTOGRAM:
        spread = family.spreading or Spreading({}, 0.0)
        running = accumulate(spread.counts.values())
        buckets = [(_bound(bound), count) for bound, count in zip(spread.counts, running, strict=True)]
        return HistogramMetricFamily(figure.name, figure.help, buckets=buckets, sum_value=spread.total)
    made = (CounterMetricFamily if figure.shape is Shape.COUNTER else GaugeMetricFamily)(
        figure.name, figure.help, labels=figure.labels
    )
    for labels, value in sorted(family.values.items()):
        made.add_metric(labels, value)
    return made


def _bound(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)
