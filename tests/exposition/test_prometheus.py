"""The page of numbers is what Prometheus's own reader understands."""

from prometheus_client.parser import text_string_to_metric_families

from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.service.health.figures import Family, Figures
from vaguemestre.service.health.readings import CONNECTIONS


def test_counters_gauges_and_histograms_are_read_back_as_they_were() -> None:
    figures = Figures()
    figures.accepted.add("PER", "submission", by=3)
    figures.writes.took(0.003)
    figures.writes.took(70.0)
    page = PrometheusText().text([*figures.read(), Family(CONNECTIONS, {("imap",): 2.0})])
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }
    assert found["vaguemestre_messages_accepted_total", "PER", "submission"] == 3
    assert found["vaguemestre_connections", "imap"] == 2
    assert found["vaguemestre_store_write_seconds_bucket", "0.0025"] == 0
    assert found["vaguemestre_store_write_seconds_bucket", "0.005"] == 1
    assert found["vaguemestre_store_write_seconds_bucket", "+Inf"] == 2
    assert found["vaguemestre_store_write_seconds_sum",] == 70.003


def test_nothing_counted_is_a_page_all_the_same() -> None:
    page = PrometheusText().text(list(Figures().read())).decode()
    assert "# TYPE vaguemestre_refusals_total counter" in page
    assert "_created" not in page
