"""Copy a model repository from a Cloud Storage bucket: ``fetch_model.py BUCKET FOLDER EVERY_S``.

All objects become files below FOLDER, every so many seconds; 0: once. A version counts as complete
once its manifest is there, so the manifest is written last, and a complete version is not fetched again.
Other files, such as the labels, follow the bucket's generation of them. After the first copy FOLDER has
``.fetched``. Runs as a sidecar of the chart with Workload Identity; needs Python alone. Exit code: 1 if the
first copy fails.
"""

import json
import os
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

MANIFEST = "manifest.json"
METADATA = os.environ.get("METADATA_URL", "http://metadata.google.internal")
STORAGE = os.environ.get("STORAGE_URL", "https://storage.googleapis.com")
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/token"
CHUNK = 1 << 20


def ask(url: str, headers: dict[str, str]) -> bytes:
    """The answer's body. Raises OSError."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return bytes(answer.read())


def authorization() -> dict[str, str]:
    """The header of the pod's Google account."""
    token = json.loads(ask(METADATA + ACCOUNT, {"Metadata-Flavor": "Google"}))["access_token"]
    return {"Authorization": f"Bearer {token}"}


def objects(bucket: str, headers: dict[str, str]) -> dict[str, str]:
    """Name -> generation of all objects."""
    found: dict[str, str] = {}
    page = ""
    while True:
        query = {"fields": "items(name,generation),nextPageToken"}
        if page:
            query["pageToken"] = page
        answer = json.loads(
            ask(f"{STORAGE}/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}", headers)
        )
        found.update({item["name"]: item["generation"] for item in answer.get("items", [])})
        page = answer.get("nextPageToken", "")
        if not page:
            return found


def fetch(bucket: str, name: str, target: Path, headers: dict[str, str]) -> None:
    """Write an object to a file, all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    url = f"{STORAGE}/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media"
    beside = target.with_name(f".{target.name}.part")
    with (
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer,
        beside.open("wb") as file,
    ):
        while chunk := answer.read(CHUNK):
            file.write(chunk)
    beside.replace(target)


def copy(bucket: str, folder: Path, seen: dict[str, str]) -> int:
    """One round; how many files came. ``seen``: name -> generation of what is here, kept between rounds."""
    headers = authorization()
    there = objects(bucket, headers)
    complete = {Path(name).parent for name in seen if name.endswith(f"/{MANIFEST}")}
    wanted = [
        name
        for name, generation in there.items()
        if not name.endswith("/") and seen.get(name) != generation and not complete & set(Path(name).parents)
    ]
    for name in sorted(wanted, key=lambda name: (name.endswith(f"/{MANIFEST}"), name)):
        target = folder / name
        if not target.resolve().is_relative_to(folder.resolve()):
            raise OSError(f"{name}: leads out of the folder")
        fetch(bucket, name, target, headers)
        seen[name] = there[name]
    return len(wanted)


def main(bucket: str, folder: str, every_s: str) -> int:
    """Copy until ended; with 0 seconds once."""
    seen: dict[str, str] = {}
    first = True
    while True:
        try:
            count = copy(bucket, Path(folder), seen)
            if count:
                print(f"{count} files fetched from {bucket}", flush=True)
            (Path(folder) / ".fetched").touch()
            first = False
        except (OSError, ValueError, KeyError) as error:
            print(f"bucket {bucket}: {error}", file=sys.stderr, flush=True)
            if first:
                return 1
        if not float(every_s):
            return 0
        time.sleep(float(every_s))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
