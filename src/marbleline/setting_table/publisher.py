"""Settings of the publisher: whom it asks, in what batches, and the candidate beside."""

from typing import Final

from marbleline.setting_kinds import FILE, TEXT, Setting, address, real, whole

PUBLISHER: Final[tuple[Setting, ...]] = (
    Setting(
        "classifier",
        "",
        address("litert", "grpc", "grpcs"),
        "publisher",
        "Model server's address, grpc(s)://host[:port][/name][@version-or-label]; empty: the model's LiteRT "
        "file in this process.",
    ),
    Setting(
        "classifier_ca_file",
        "",
        FILE,
        "publisher",
        "PEM file of the authority behind the model server's certificate; empty: the system's.",
    ),
    Setting(
        "classifier_timeout_ms",
        "1000",
        whole(10, 600_000),
        "publisher",
        "Milliseconds within which the model server has to answer a batch.",
    ),
    Setting(
        "classifier_fallback_ms",
        "500",
        whole(0, 86_400_000),
        "publisher",
        "Milliseconds that the model server may be away before the publisher judges by itself, with the same "
        "version; 0: it waits for the server, however long.",
    ),
    Setting(
        "shadow",
        "",
        TEXT,
        "publisher",
        "Label of a model version that is asked beside the one that judges, such as candidate; what it says "
        "goes to the store and to nobody else. Empty: none.",
    ),
    Setting(
        "shadow_share", "1", real(0, 1), "publisher", "Share of the frames that the shadow is asked about."
    ),
    Setting("batch_size", "8", whole(1, 256), "publisher", "Most frames judged in one call."),
    Setting(
        "batch_ms",
        "0",
        whole(0, 1_000),
        "publisher",
        "How long a batch that isn't full waits for more; 0 judges what is there.",
    ),
    Setting(
        "batches_in_flight",
        "2",
        whole(1, 16),
        "publisher",
        "Batches that a publisher judges at once, each on a thread of its own.",
    ),
)
