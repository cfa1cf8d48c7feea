"""Snap7's own S7 server, in C++: of another make than the pure Python library that the gate uses."""

import ctypes
import hashlib
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from filelock import FileLock

from tests.services.missing import ServerMissing, cache

_REQUIREMENT: Final = Path(__file__).with_suffix(".txt")
_LIBRARY: Final = "snap7/lib/libsnap7.so"
_LOCAL_PORT: Final = 1  # snap7_libmain.h: p_u16_LocalPort, srvAreaDB
_DATA_BLOCK: Final = 5


class Snap7Server:
    """Serves ``memory`` as a data block on the loopback interface; may be started again after ``stop``."""

    def __init__(self, memory: bytearray, block: int, port: int) -> None:
        self._library = ctypes.CDLL(str(_installed()))
        self._library.Srv_Create.restype = ctypes.c_void_p
        self._shared = (ctypes.c_char * len(memory)).from_buffer(memory)
        self._server = ctypes.c_void_p(self._library.Srv_Create())
        number = ctypes.c_uint16(port)
        self._call("Srv_SetParam", _LOCAL_PORT, ctypes.byref(number))
        self._call("Srv_RegisterArea", _DATA_BLOCK, ctypes.c_uint16(block), self._shared, len(memory))

    def start(self) -> None:
        """Listen."""
        self._call("Srv_StartTo", b"127.0.0.1")

    def stop(self) -> None:
        """End all connections and listen no more."""
        self._call("Srv_Stop")

    def close(self) -> None:
        """Stop and free it."""
        self._library.Srv_Destroy(ctypes.byref(self._server))

    def _call(self, function: str, *arguments: object) -> None:
        error = getattr(self._library, function)(self._server, *arguments)
        if error:
            raise RuntimeError(f"Snap7: {function} failed with 0x{error & 0xFFFFFFFF:08x}")


def _installed() -> Path:
    """The library, from a wheel. Raises ServerMissing."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise ServerMissing("Snap7's server is known for Linux on x86_64 only")
    folder = cache() / f"snap7-{hashlib.sha256(_REQUIREMENT.read_bytes()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "install.lock"):
        if not (folder / _LIBRARY).exists():
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--only-binary", ":all:", "--dest", str(folder), "--requirement", str(_REQUIREMENT)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                raise ServerMissing(f"Snap7 can't be downloaded: {done.stderr.strip()[-500:]}")
            [wheel] = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                packed.extract(_LIBRARY, folder)
    return folder / _LIBRARY
