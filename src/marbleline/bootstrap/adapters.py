"""From the settings' addresses to open adapters. Nothing of an adapter is imported before it is opened."""

from pathlib import Path

from marbleline.adapters.brokers.registry import BROKERS, BrokerContext
from marbleline.adapters.classifiers.registry import CLASSIFIERS, ClassifierContext
from marbleline.adapters.gates.registry import GATES, GateContext
from marbleline.adapters.sinks.registry import SINKS, SinkContext, events_of
from marbleline.adapters.sources.registry import SOURCES, SourceContext
from marbleline.adapters.stores.registry import STORES, StoreContext
from marbleline.domain.model import ManifestCheck
from marbleline.errors import SettingError
from marbleline.ports.broker import Broker
from marbleline.ports.classifier import Classifier
from marbleline.ports.gate import Gate
from marbleline.ports.sink import Sink
from marbleline.ports.source import Source
from marbleline.ports.store import Store
from marbleline.ports.topology import QUEUES, Queue, sink_queue, slab_queue
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.gate import GateSettings
from marbleline.settings.line import LineSettings, ModelSettings
from marbleline.settings.publisher import PublisherSettings


def open_source(configuration: Configuration) -> Source:
    """The source of the camera's pictures."""
    camera = configuration.read(CameraSettings)
    max_frame_bytes = configuration.read(LineSettings).max_frame_bytes
    source = SOURCES.open(SourceContext(camera.source, camera.camera, max_frame_bytes), configuration)
    if not camera.trigger_rate:
        return source
    from marbleline.adapters.sources.software_trigger import SoftwareTrigger

    return SoftwareTrigger(source, camera.camera, camera.trigger_tiles, camera.trigger_rate)


def open_broker(configuration: Configuration, worker: str) -> Broker:
    """The line's broker; ``worker`` is how the connection is called."""
    line = configuration.read(LineSettings)
    context = BrokerContext(line.broker, line.data, queues_of(configuration), worker)
    return BROKERS.open(context, configuration)


def queues_of(configuration: Configuration) -> tuple[Queue, ...]:
    """The queues of the line: the workers' own, its slabs', and one for each receiver of verdicts."""
    line = configuration.read(LineSettings)
    slabs = (slab_queue(line.line),) if line.slabs else ()
    receivers = tuple(
        sink_queue(receiver.name, events_of(receiver.address, line.sink_events)) for receiver in line.sinks
    )
    return QUEUES + slabs + receivers


def open_store(configuration: Configuration) -> Store:
    """The line's store."""
    line = configuration.read(LineSettings)
    return STORES.open(StoreContext(line.store, line.data), configuration)


def open_classifier(configuration: Configuration, label: str | None = None) -> Classifier:
    """The classifier of the version that judges; with ``label`` that of the version with this label, which is
    asked beside.
    """
    address = configuration.read(PublisherSettings).classifier
    model = configuration.read(ModelSettings).model
    context = ClassifierContext(address, model, label, open_manifest_check(configuration))
    return CLASSIFIERS.open(context, configuration)


def open_manifest_check(configuration: Configuration) -> ManifestCheck | None:
    """The check of signatures by ``model_public_key_file``; None without one. Raises SettingError."""
    path: Path | None = configuration.read(ModelSettings).model_public_key_file
    if path is None:
        return None
    try:
        from marbleline.adapters.classifiers.signature import signature_check
    except ImportError as error:
        raise SettingError(
            "model_public_key_file: needs cryptography: pip install 'marbleline[signing]'"
        ) from error
    return signature_check(path)


def open_gate(configuration: Configuration) -> Gate:
    """The PLC of the reject gate."""
    return GATES.open(GateContext(configuration.read(GateSettings).gate), configuration)


def open_sink(configuration: Configuration, name: str, address: str) -> Sink:
    """One receiver of verdicts and alarms."""
    return SINKS.open(SinkContext(address, name, configuration.read(LineSettings).line), configuration)
