"""Which model of which server: ``grpc://host:8500/marble@stable``."""

import re
from dataclasses import dataclass
from typing import Any, Final

from marbleline.errors import SettingError

DEFAULT_PORT: Final = 8500

_ADDRESS: Final = re.compile(
    r"(?P<scheme>grpcs?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^:/@\s\[\]]+)(?::(?P<port>\d{1,5}))?"
    r"(?:/(?P<name>[\w.-]+)?(?:@(?P<which>[\w.-]+))?)?"
)


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """``name`` None: the name in the manifest. Neither version nor label: the newest that the server has."""

    host: str
    port: int
    secure: bool
    name: str | None = None
    version: int | None = None
    label: str | None = None

    @property
    def target(self) -> str:
        """As gRPC wants it; every address that the name resolves to is used."""
        return f"dns:///{self.host}:{self.port}"

    def fill(self, model_spec: Any, name: str) -> None:
        """Write the ModelSpec of a request; ``name`` is the manifest's."""
        model_spec.name = self.name or name
        if self.version is not None:
            model_spec.version.value = self.version
        elif self.label is not None:
            model_spec.version_label = self.label


def for_another_product(text: str) -> str:
    """The address of the same server for a product beside the one that ``text`` names.

    Its name is the one in its manifest; a label counts for every product, a version only for the one named.
    Raises SettingError.
    """
    address = parse_address(text)
    scheme = "grpcs" if address.secure else "grpc"
    label = f"/@{address.label}" if address.label else ""
    return f"{scheme}://{address.host}:{address.port}{label}"


def parse_address(text: str) -> ModelAddress:
    """Read ``grpc(s)://host[:port][/name][@version-or-label]``; the port is 8500 unless given.

    What follows @ is a version if it is all digits, else a label. Raises SettingError.
    """
    match = _ADDRESS.fullmatch(text.rstrip("/"))
    port = int(match["port"] or DEFAULT_PORT) if match else 0
    if match is None or not 0 < port < 65_536:
        raise SettingError(
            f"classifier is {text!r}: allowed is grpc(s)://host[:port][/name][@version-or-label],"
            " such as grpc://localhost:8500/marble@stable"
        )
    which = match["which"]
    is_version = which is not None and which.isdecimal()
    return ModelAddress(
        host=match["host"],
        port=port,
        secure=match["scheme"] == "grpcs",
        name=match["name"],
        version=int(which) if which is not None and is_version else None,
        label=None if is_version else which,
    )
