"""Poison: a picture that ends whatever process works on it, as a crash or the OOM killer would.

Python runs this file first where it is on PYTHONPATH. A JPEG with the comment ``poison`` ends who decodes it,
a red model input ends who judges it.
"""

import os
import signal
import sys
from typing import Any

_ARGUMENTS = " ".join(sys.orig_argv)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if "marbleline encoder" in _ARGUMENTS or "decode_child" in _ARGUMENTS:
    from PIL import JpegImagePlugin

    _load = JpegImagePlugin.JpegImageFile.load

    def _load_poison(self: Any) -> Any:
        if self.info.get("comment") == b"poison":
            _die()
        return _load(self)

    JpegImagePlugin.JpegImageFile.load = _load_poison

if "marbleline publisher" in _ARGUMENTS or "isolated_child" in _ARGUMENTS:
    from marbleline.adapters.classifiers.litert import LiteRtClassifier

    _judge = LiteRtClassifier._judge

    def _judge_poison(self: Any, image: Any) -> Any:
        if image[..., 0].mean() > 200 and image[..., 1].mean() < 60:
            _die()
        return _judge(self, image)

    LiteRtClassifier._judge = _judge_poison
