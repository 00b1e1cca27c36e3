"""Prometheus metrics. Labels never carry a tenant's or a person's data beyond ids of closed sets."""

from collections import Counter as Counts
from collections.abc import Callable
from functools import partial
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from leadcore.flows.calling import Condition

_FAST = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The process's own registry, so that two apps in one process do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._acknowledged: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self.webhooks = self._count("webhooks", "Webhook requests by vendor and outcome.", "vendor", "outcome")
        self.webhook_ack = self._time("webhook_ack", "Time to the durable acknowledgement.", "vendor")
        self.work = self._count("work", "Due work performed, by kind and outcome.", "kind", "outcome")
        self.work_seconds = self._time("work", "Time to perform one piece of due work.", "kind")
        self.attempts = self._count("send_attempts", "Send attempts by channel and outcome.", "channel", "outcome")
        self.write_backs = self._count(
            "write_backs", "Writes to CRMs by kind and what became of them.", "kind", "outcome"
        )
        self.sending_held = Gauge(
            "leadcore_sending_held", "1 while this process may not send, whatever the reason.", registry=self.registry
        )
        self.disagreements = self._count(
            "witness_disagreements", "Holds by the witness that asked for them.", "witness"
        )
        self.carrier_lessons = self._count(
            "carrier_lessons", "Carriers found away, back, or wanting fewer calls.", "channel", "lesson"
        )
        self._carriers = Gauge(
            "leadcore_carriers",
            "Connections not called as usual.",
            ("condition",),
            registry=self.registry,
        )
        self.carriers: Callable[[], Counts[Condition]] = Counts
        self.turns = self._count("assistant_turns", "Assistant answers by provider.", "provider")
        self.first_token = self._time("first_token", "From the start of a turn to its first character.")

    def webhook_acknowledged(self, vendor: str, outcome: str, seconds: float) -> None:
        """Count one webhook that was answered with a 2xx, and the time it took."""
        children = self._acknowledged.get((vendor, outcome))
        if children is None:  # looking labels up anew costs more than counting
            children = self.webhooks.labels(vendor, outcome), self.webhook_ack.labels(vendor)
            self._acknowledged[vendor, outcome] = children
        children[0].inc()
        children[1].observe(seconds)

    def watch_carriers(self, conditions: Callable[[], Counts[Condition]]) -> None:
        """Ask *conditions* whenever somebody looks."""
        self.carriers = conditions
        for each in get_args(Condition):
            self._carriers.labels(each).set_function(partial(_count_of, conditions, each))

    def _count(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"leadcore_{name}_total", what, labels, registry=self.registry)

    def _time(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(f"leadcore_{name}_seconds", what, labels, buckets=_FAST, registry=self.registry)

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self.registry)


def _count_of(conditions: Callable[[], Counts[Condition]], condition: Condition) -> float:
    return float(conditions()[condition])
