"""An RTSP server that we did not write: GStreamer's, from Debian's packages, with a picture of a moving ball.

It is run by the system's Python, which has GObject's bindings: ``/usr/bin/python3 rtsp_server.py PORT``. It
serves ``/h264`` and ``/jpeg``, 640x480 at 25 frames a second, to ``operator`` with the password ``hunter2``.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

PYTHON: Final = "/usr/bin/python3"
PACKAGES: Final = (
    "python3-gi",
    "gir1.2-gst-rtsp-server-1.0",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
)
USER, PASSWORD = "operator", "hunter2"
_PICTURE: Final = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=480,framerate=25/1"
)
STREAMS: Final = {
    "/h264": f"( {_PICTURE} ! openh264enc gop-size=25 ! rtph264pay name=pay0 pt=96 )",
    "/jpeg": f"( {_PICTURE} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )",
}


class RtspServer:
    """The server as a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it serves."""
        command = [PYTHON, str(Path(__file__)), str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "serving\n"

    def kill(self) -> None:
        """As a camera whose power is cut."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None


def installed() -> bool:
    """Whether the system's Python finds the server and its plugins are there."""
    if shutil.which(PYTHON) is None:
        return False
    return subprocess.run([PYTHON, __file__, "check"], capture_output=True, check=False).returncode == 0


def _main(argument: str) -> None:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    if argument == "check":
        for needed in ("openh264enc", "jpegenc", "rtph264pay"):
            if Gst.ElementFactory.find(needed) is None:
                sys.exit(f"no {needed}")
        return
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=argument)
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", USER)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(USER, PASSWORD), token)
    server.set_auth(auth)
    for path, launch in STREAMS.items():
        server.get_mount_points().add_factory(path, _factory(GstRtspServer, launch))
    server.attach(None)
    print("serving", flush=True)
    GLib.MainLoop().run()


def _factory(library: Any, launch: str) -> Any:
    factory = library.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)
    permissions = library.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(USER, permission, True)
    factory.set_permissions(permissions)
    return factory


if __name__ == "__main__":
    _main(sys.argv[1])
