"""Prometheus metrics. Labels never carry a tenant's or a person's data beyond ids of closed sets."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_FAST = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The process's own registry, so that two apps in one process do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "leadcore_webhooks_total", "Webhook requests by vendor and outcome.", ["vendor", "outcome"],
            registry=self.registry,
        )
        self.webhook_ack = Histogram(
            "leadcore_webhook_ack_seconds", "Time to the durable acknowledgement.", ["vendor"], buckets=_FAST,
            registry=self.registry,
        )
        self.work = Counter(
            "leadcore_work_total", "Due work performed, by kind and outcome.", ["kind", "outcome"],
            registry=self.registry,
        )
        self.work_seconds = Histogram(
            "leadcore_work_seconds", "Time to perform one piece of due work.", ["kind"], buckets=_FAST,
            registry=self.registry,
        )
        self.attempts = Counter(
            "leadcore_send_attempts_total", "Send attempts by channel and outcome.", ["channel", "outcome"],
            registry=self.registry,
        )
        self.late_accepts = Counter(
            "leadcore_late_accept_total", "Messages found accepted after they were ruled not sent.",
            registry=self.registry,
        )
        self.turns = Counter(
            "leadcore_assistant_turns_total", "Assistant answers by provider.", ["provider"], registry=self.registry
        )
        self.first_token = Histogram(
            "leadcore_first_token_seconds", "From the customer's message to the first character.", buckets=_FAST,
            registry=self.registry,
        )

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self.registry)
