"""Settings of the webhook worker: to whom it posts, what, and for how long it tries."""

from typing import Final

from marbleline.setting_kinds import FILE, TEXT, Setting, some_of, whole

WEBHOOK: Final[tuple[Setting, ...]] = (
    Setting(
        "webhook_secrets",
        "",
        TEXT,
        "webhook",
        "Each webhook's secret, as NAME=whsec_..., spaces between them; two with a comma while it changes.",
    ),
    Setting(
        "webhook_events",
        "faulty,review,alarm",
        some_of("faulty", "review", "alarm"),
        "webhook",
        "Of what webhooks are told.",
    ),
    Setting(
        "webhook_timeout_ms",
        "5000",
        whole(10, 600_000),
        "webhook",
        "Milliseconds within which a webhook has to answer.",
    ),
    Setting(
        "webhook_give_up_s",
        "86400",
        whole(1, 31_536_000),
        "webhook",
        "Seconds after which a notice that could not be delivered is dead-lettered.",
    ),
    Setting(
        "webhook_ca_file",
        "",
        FILE,
        "webhook",
        "PEM file of the authority behind the webhooks' certificates; empty: the system's.",
    ),
)
