"""What ``marbleline repair`` works on."""

from marbleline.bootstrap.adapters import open_broker, open_store, queues_of
from marbleline.bootstrap.embedded import embedded_files
from marbleline.operations.repair import Line
from marbleline.pipeline.camera.spool_view import folders_in, view
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings


def damaged_line(configuration: Configuration) -> Line:
    """The files, servers, queues and spools of a line that is stopped. Raises SettingError."""
    paths = {file.schema.name: file.path for file in embedded_files(configuration)}
    folders = folders_in(configuration.read(LineSettings).data)
    spools = {camera: view(folder) for camera, folder in folders.items()}
    remote = None if "broker" in paths else open_broker(configuration, "repair")
    store = None if "store" in paths else open_store(configuration)
    return Line(paths.get("store"), paths.get("broker"), queues_of(configuration), spools, remote, store)
