"""The classifiers. A new one is an entry of ``CLASSIFIERS`` and a module with its ``opens``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import FILE, whole
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.domain.model import ManifestCheck
    from marbleline.ports.classifier import Classifier


@dataclass(frozen=True, slots=True)
class ClassifierContext:
    """What a worker tells the classifier that it opens.

    ``model``  folder of the model, or of one version
    ``label``  label of the version that is asked beside the one that judges; None: the one that judges
    ``check``  check of a version's signature, None for none
    """

    address: str
    model: Path
    label: str | None = None
    check: "ManifestCheck | None" = None


@dataclass(frozen=True, slots=True)
class TfServingSettings:
    """Of a model server."""

    classifier_ca_file: Path | None = setting(
        FILE,
        None,
        "PEM file of the CA of the model server's certificate; empty: the system's CAs.",
    )
    classifier_timeout_ms: int = setting(
        whole(10, 600_000), 1000, "Milliseconds within which the model server must respond to a batch."
    )
    classifier_fallback_ms: int = setting(
        whole(0, 86_400_000),
        500,
        "Milliseconds of an outage of the model server before the publisher classifies itself, with the same "
        "version; 0: it waits for the server, however long.",
    )


CLASSIFIERS: Final["Registry[ClassifierContext, Classifier]"] = Registry(
    "classifier",
    "marbleline.classifiers",
    (
        Adapter(
            schemes=("litert",),
            form="litert:",
            help="The model's LiteRT file, in the worker's own process; the same as empty.",
            opens="marbleline.adapters.classifiers.litert:open_litert",
            extra="litert",
            needs="LiteRT",
            embedded=True,
        ),
        Adapter(
            schemes=("grpc", "grpcs"),
            form="grpc(s)://HOST[:PORT][/NAME][@VERSION-OR-LABEL]",
            pattern="//.+",
            help="TensorFlow Serving, or `marbleline serve`, with TLS for grpcs.",
            opens="marbleline.adapters.classifiers.tfserving:open_tfserving",
            settings=TfServingSettings,
            extra="serving",
            needs="gRPC",
        ),
    ),
    default="litert:",
)
