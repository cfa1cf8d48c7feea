"""Java trusts its own list of authorities; here it also gets those that ``SSL_CERT_FILE`` adds."""

import hashlib
import os
import re
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Final

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_PASSWORD: Final = "changeit"  # Java's own of every such list; the list holds nothing secret


def maven_environment(folder: Path) -> dict[str, str]:
    """Our environment; where ``SSL_CERT_FILE`` names more authorities than Java's, with a list of all."""
    bundle, java = os.environ.get("SSL_CERT_FILE"), shutil.which("java")
    if not bundle or not java or not Path(bundle).is_file():
        return dict(os.environ)
    theirs = Path(java).resolve().parents[1] / "lib" / "security" / "cacerts"
    if not theirs.is_file():
        return dict(os.environ)
    known = _keytool("-list", "-keystore", str(theirs)).replace(":", "").lower()
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "authorities"
    shutil.copyfile(theirs, store)
    for pem in _PEM.findall(Path(bundle).read_text(encoding="utf-8", errors="replace")):
        mark = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        if mark not in known:
            _keytool("-importcert", "-noprompt", "-alias", mark, "-keystore", str(store), said=pem)
    options = f"{os.environ.get('MAVEN_OPTS', '')} -Djavax.net.ssl.trustStore={store}".strip()
    return {**os.environ, "MAVEN_OPTS": options}


def _keytool(*words: str, said: str = "") -> str:
    command = ["keytool", *words, "-storepass", _PASSWORD]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout
