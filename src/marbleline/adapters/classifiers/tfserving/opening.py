"""Opens the classifier of an address, with what judges by itself while the server is away."""

from typing import Final

from marbleline.adapters.classifiers.fallback import FallbackClassifier
from marbleline.adapters.classifiers.registry import ClassifierContext, TfServingSettings
from marbleline.adapters.classifiers.tfserving.classifier import TfServingClassifier
from marbleline.domain.model import Manifest, load_version
from marbleline.errors import ModelError
from marbleline.ports.classifier import Classifier

# Nobody waits for a shadow: its calls may be queued behind the line's own.
_SHADOW_S: Final = 5.0


def open_tfserving(context: ClassifierContext, settings: TfServingSettings) -> Classifier:
    """``grpc(s)://HOST[:PORT][/NAME][@VERSION-OR-LABEL]``"""
    address = context.address
    if context.label is not None:
        address = f"{address.rpartition('@')[0] or address}@{context.label}"
    server = TfServingClassifier(
        address,
        context.model,
        timeout_s=_SHADOW_S if context.label is not None else settings.classifier_timeout_ms / 1000,
        ca_file=settings.classifier_ca_file,
        check=context.check,
    )
    if context.label is not None or not settings.classifier_fallback_ms:
        return server

    def open_embedded(manifest: Manifest) -> Classifier:
        try:
            # Loaded when it is first needed: most servers are never away for so long.
            from marbleline.adapters.classifiers.litert import LiteRtClassifier  # noqa: PLC0415
        except ImportError as error:
            raise ModelError("LiteRT is not installed: pip install 'marbleline[litert]'") from error
        return LiteRtClassifier(load_version(context.model, manifest.version)[0], check=context.check)

    return FallbackClassifier(server, open_embedded, settings.classifier_fallback_ms / 1000)
