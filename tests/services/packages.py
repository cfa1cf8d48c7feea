"""Getting a server's programs from the system's packages, where that is possible and allowed."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.services.missing import ServerMissing

NO_INSTALL: Final = "MARBLELINE_TEST_NO_INSTALL"
_POLICY: Final = Path("/usr/sbin/policy-rc.d")


def install(packages: Sequence[str], what: str) -> None:
    """Install Debian packages without starting any service of theirs.

    Raises ServerMissing where that can't be done, with the command to do it by hand.
    """
    by_hand = f"{what} is missing: sudo apt-get install -y {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise ServerMissing(f"{what} is missing, and only Debian's packages are known here: install it")
    if os.geteuid() != 0 or os.environ.get(NO_INSTALL):
        raise ServerMissing(by_hand)
    made = not _POLICY.exists()
    if made:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *command],
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
            if done.returncode != 0:
                raise ServerMissing(f"{by_hand} (tried: {done.stderr.strip()[-500:]})")
    finally:
        if made:
            _POLICY.unlink(missing_ok=True)
