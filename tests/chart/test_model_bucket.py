"""The model from a bucket: a sidecar copies it, manifests last, and its pods are let out to Google."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.chart.conftest import Render
from tests.chart.schema import CHART

SCRIPT = CHART / "files" / "fetch_model.py"
ON = ("--set", "model.source=bucket,model.bucket=plant-models")


class Bucket:
    """Cloud Storage's JSON API with one object a page, and the metadata server."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.objects: dict[str, bytes] = {}
        self.fetched: list[str] = []
        server.expect_request(
            "/computeMetadata/v1/instance/service-accounts/default/token",
            headers={"Metadata-Flavor": "Google"},
        ).respond_with_json({"access_token": "t"})
        server.expect_request(
            "/storage/v1/b/plant/o", headers={"Authorization": "Bearer t"}
        ).respond_with_handler(self._list)
        server.expect_request("/storage/v1/b/no-such/o").respond_with_data("no such bucket", 404)
        server.expect_request(_Media(), headers={"Authorization": "Bearer t"}).respond_with_handler(
            self._media
        )

    def _list(self, request: Request) -> Response:
        names = sorted(self.objects)
        place = int(request.args.get("pageToken", 0))
        items = [
            {"name": name, "generation": str(len(self.objects[name]))} for name in names[place : place + 1]
        ]
        more = {"nextPageToken": str(place + 1)} if place + 1 < len(names) else {}
        return Response(json.dumps({"items": items, **more}))

    def _media(self, request: Request) -> Response:
        name = unquote(request.path.partition("/o/")[2])
        self.fetched.append(name)
        return Response(self.objects[name])


class _Media:
    def __eq__(self, path: object) -> bool:
        return str(path).startswith("/storage/v1/b/plant/o/")

    def __hash__(self) -> int:
        return 1


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with HTTPServer("127.0.0.1") as server:
        made = Bucket(server)
        made.objects = {
            "marble/1/manifest.json": b"{}",
            "marble/1/variables/data": b"weights",
            "marble/labels.json": b'{"stable": 1}',
            "granite/product.json": b"{}",
        }
        yield made
        server.check()


def _copy(bucket: Bucket, folder: Path, name: str = "plant") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "METADATA_URL": bucket.url, "STORAGE_URL": bucket.url}
    command = [sys.executable, str(SCRIPT), name, str(folder), "0"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_a_version_is_complete_before_its_manifest_is_there(bucket: Bucket, tmp_path: Path) -> None:
    done = _copy(bucket, tmp_path)
    assert done.returncode == 0, done.stderr
    assert bucket.fetched[-1] == "marble/1/manifest.json"
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {
        ".fetched",
        "marble/1/manifest.json",
        "marble/1/variables/data",
        "marble/labels.json",
        "granite/product.json",
    }
    assert (tmp_path / "marble/1/variables/data").read_bytes() == b"weights"


def test_an_object_that_leads_out_of_the_folder_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.objects["marble/../../evil"] = b"x"
    done = _copy(bucket, tmp_path / "models")
    assert done.returncode == 1
    assert "leads out" in done.stderr
    assert not (tmp_path / "evil").exists()


def test_without_the_bucket_it_says_so_and_ends(bucket: Bucket, tmp_path: Path) -> None:
    done = _copy(bucket, tmp_path, "no-such")
    assert done.returncode == 1
    assert "bucket no-such" in done.stderr
    assert not (tmp_path / ".fetched").exists()


def _pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"].removeprefix("t-"): one["spec"]["template"]["spec"]
        for one in objects
        if one["kind"] == "Deployment"
    }


def test_a_worker_starts_after_the_first_copy_and_can_not_write_to_it(render: Render) -> None:
    for name in ("encoder", "publisher", "serving"):
        spec = _pods(render(*ON))[name]
        [model] = spec["initContainers"]
        assert model["restartPolicy"] == "Always"
        assert model["args"] == ["plant-models", "/models", "60"]
        assert model["startupProbe"]["exec"]["command"] == ["test", "-f", "/models/.fetched"]
        [mount] = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == "model"]
        assert mount["readOnly"] is True
        [volume] = [one for one in spec["volumes"] if one["name"] == "fetch-model"]
        assert volume["configMap"]["name"] == "t-fetch-model"


def test_those_who_fetch_are_let_out_to_google_and_nobody_else_is(render: Render) -> None:
    def reaching(objects: list[dict[str, Any]]) -> set[str]:
        return {
            one["metadata"]["name"].removeprefix("t-")
            for one in objects
            if one["kind"] == "NetworkPolicy" and "169.254.169.254/32" in json.dumps(one["spec"])
        }

    assert reaching(render(*ON)) == {"encoder", "publisher", "serving"}
    assert reaching(render()) == set()
