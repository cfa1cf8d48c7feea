"""TensorFlow Serving's model config: one servable for each product, in the text form of its protocol.

The form is that of ``model_server_config.proto``. A server that was started with
``--model_config_file_poll_wait_seconds`` reads the file again while it runs.
"""

import os
from pathlib import Path, PurePosixPath

from marbleline.domain.model import load_version, versions_in
from marbleline.domain.product_repository import parse_model_path, products_in
from marbleline.domain.version_labels import read_labels
from marbleline.errors import ModelError


def model_config(model: Path, base_path: str) -> str:
    """The config of a product and of all that lie beside it and have a model version.

    ``base_path``: where the server finds the folder of ``model``; it finds the others beside that. Served are
    the versions that have a label, or the newest. Raises ModelError.
    """
    path = parse_model_path(model)
    beside = PurePosixPath(base_path).parent
    configs = [_config(path.folder, base_path)]
    for name, folder in products_in(path.repository).items():
        if name != path.product and versions_in(folder):
            configs.append(_config(folder, str(beside / name)))
    return "model_config_list {\n" + "".join(configs) + "}\n"


def write_model_config(file: Path, model: Path, base_path: str) -> None:
    """Put the config in place of the one before in one rename, so that no server reads half of it.

    Raises ModelError.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    content = model_config(model, base_path)
    try:
        beside.write_text(content, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise ModelError(f"{file}: can't be written: {error.strerror}") from error


def _config(folder: Path, base_path: str) -> str:
    labels, there = read_labels(folder), versions_in(folder)
    if not there:
        raise ModelError(f"{folder}: holds no model version")
    name = load_version(folder, max(there))[1].name
    versions = " ".join(f"versions: {number}" for number in sorted(set(labels.values())) or [max(there)])
    named = "".join(
        f'    version_labels {{ key: "{label}" value: {number} }}\n'
        for label, number in sorted(labels.items())
    )
    return (
        f'  config {{\n    name: "{name}"\n    base_path: "{base_path}"\n    model_platform: "tensorflow"\n'
        f"    model_version_policy {{ specific {{ {versions} }} }}\n{named}  }}\n"
    )
