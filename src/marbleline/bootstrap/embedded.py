"""The embedded line's files: the encoder checks them, and ``bootstrap.repair`` works on them."""

from marbleline.adapters.brokers.registry import BROKERS
from marbleline.adapters.brokers.sqlite.schema import SCHEMA as BROKER
from marbleline.adapters.sqlite.opening import embedded_file
from marbleline.adapters.stores.registry import STORES
from marbleline.adapters.stores.sqlite.schema import SCHEMA as STORE
from marbleline.operations.integrity import EmbeddedFile
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings


def embedded_files(configuration: Configuration) -> tuple[EmbeddedFile, ...]:
    """The SQLite files of the line: its store's and its broker's, where they are no servers."""
    line = configuration.read(LineSettings)
    files = []
    if "sqlite" in STORES.find(line.store).schemes:
        files.append(EmbeddedFile(embedded_file(line.store, line.data, "store.db"), STORE))
    if "sqlite" in BROKERS.find(line.broker).schemes:
        files.append(EmbeddedFile(embedded_file(line.broker, line.data, "broker.db"), BROKER))
    return tuple(files)
