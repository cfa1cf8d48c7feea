"""Give Kibana the saved objects of a file: ``load_kibana.py URL FILE``, with KIBANA_USER and KIBANA_PASSWORD.

Waits until Kibana is available, for WAIT_S seconds at most. Objects of the same id are replaced, so that it
may run again at any time. Exit code: 0 loaded, 1 not. Runs in a pod of the chart; needs Python alone.
"""

import base64
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

WAIT_S = float(os.environ.get("WAIT_S", "1500"))
PAUSE_S = float(os.environ.get("PAUSE_S", "5"))
BOUNDARY = "marbleline-saved-objects"


def ask(path: str, body: bytes | None = None) -> dict[str, object]:
    """Kibana's answer, decoded. Raises OSError (an HTTPError is one), ValueError if it is no JSON."""
    credentials = f"{os.environ['KIBANA_USER']}:{os.environ['KIBANA_PASSWORD']}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}", "kbn-xsrf": "true"}
    if body is not None:
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    request = urllib.request.Request(sys.argv[1].rstrip("/") + path, body, headers)
    trust = ssl.create_default_context(cafile=os.environ.get("KIBANA_CA_FILE"))
    with urllib.request.urlopen(request, timeout=60, context=trust) as response:
        found: dict[str, object] = json.load(response)
        return found


def available() -> str:
    """Empty once Kibana is available, else why not."""
    try:
        status = ask("/api/status").get("status", {})
        level = status.get("overall", {}).get("level") if isinstance(status, dict) else None
    except (OSError, ValueError) as error:
        return str(error)
    return "" if level == "available" else f"its level is {level}"


def multipart(content: bytes) -> bytes:
    """The file as a form's only field."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="objects.ndjson"\r\n'
    kind = "Content-Type: application/ndjson\r\n\r\n"
    return f"{head}{kind}".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def main() -> int:
    """Wait, load, and say what came of it."""
    until = time.monotonic() + WAIT_S
    while trouble := available():
        if time.monotonic() >= until:
            print(f"Kibana was not available within {WAIT_S:.0f} s: {trouble}", file=sys.stderr)
            return 1
        print(f"waiting for Kibana: {trouble}", flush=True)
        time.sleep(PAUSE_S)
    try:
        answer = ask("/api/saved_objects/_import?overwrite=true", multipart(Path(sys.argv[2]).read_bytes()))
    except urllib.error.HTTPError as error:
        print(f"Kibana refused them: {error.code} {error.read(2000)!r}", file=sys.stderr)
        return 1
    if not answer.get("success"):
        print(f"Kibana did not take all of them: {json.dumps(answer.get('errors'))}", file=sys.stderr)
        return 1
    print(f"{answer.get('successCount')} objects loaded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
