"""What Prometheus may read: calls by route template, method and status, and gauges asked for at each scrape."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import falcon
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.call import Call
from api.contract import Route, contract
from api.middleware import Served

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """An observer that counts and times calls. Labels hold templates and statuses, never what a caller chose."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter("http_requests", "Answered calls", ("method", "route", "status"), registry=registry)
        self._seconds = Histogram(
            "http_request_seconds",
            "Time from call to answer",
            ("method", "route"),
            registry=registry,
            buckets=SECONDS,
        )
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def __call__(self, served: Served) -> None:
        """Count and time one call."""
        key = (served.method, served.route, served.status)
        found = self._found.get(key)
        if found is None:
            # Looking a label up costs more than counting, so each is looked up once.
            method, route, status = key
            found = (self._answers.labels(method, route, str(status)), self._seconds.labels(method, route))
            self._found[key] = found
        found[0].inc()
        found[1].observe(served.seconds)


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of one gauge now; `labels` are names with values, which never hold personal data."""

    name: str
    meaning: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


Gauges = Callable[[], Iterable[Reading]]
"""Asked at every scrape, such as for the depth of the outbox."""


class _AskedGauges(Collector):
    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def describe(self) -> Iterable[Metric]:
        """Say nothing at registration, so that nothing is asked before the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ask, and group the readings of one name."""
        families: dict[str, GaugeMetricFamily] = {}
        for reading in self._gauges():
            names = [name for name, _ in reading.labels]
            family = families.setdefault(reading.name, GaugeMetricFamily(reading.name, reading.meaning, labels=names))
            family.add_metric([value for _, value in reading.labels], reading.value)
        return families.values()


class Metrics:
    """The page that Prometheus reads."""

    def __init__(self, registry: CollectorRegistry, gauges: Gauges) -> None:
        self._registry = registry
        registry.register(_AskedGauges(gauges))

    @contract(summary="Read the metrics", audience="operator", produces="text/plain")
    def read(self, _call: Call, resp: falcon.Response) -> None:
        """Answer in Prometheus' text format."""
        resp.data = generate_latest(self._registry)
        resp.content_type = CONTENT_TYPE_PLAIN_0_0_4

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/metrics", self.read, "scraper.metrics.read")]
