"""A home for an Elasticsearch node, built once from its published jars: no archive, no image."""

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from filelock import FileLock

from tests.services.java_trust import maven_environment
from tests.services.missing import ServerMissing, cache
from tests.services.packages import install

SOURCES: Final = Path(__file__).parent / "elasticsearch_java"
DESCRIPTOR: Final = """name={name}
description={name}
version={version}
elasticsearch.version={version}
java.version=17
classname={classname}
"""
NETTY: Final = ("transport-netty4", "org.elasticsearch.transport.netty4.Netty4Plugin")
BANNER: Final = ("banner", "Banner")


def home() -> Path:
    """The built home. Raises ServerMissing naming what is missing for building it."""
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(SOURCES.iterdir()))).hexdigest()[:12]
    built = cache() / f"elasticsearch-home-{stamp}"
    if built.exists():
        return built
    cache().mkdir(parents=True, exist_ok=True)
    with FileLock(cache() / "elasticsearch-home.lock"):
        if not built.exists():
            unfinished = built.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            _build(unfinished)
            unfinished.rename(built)
    return built


def _build(folder: Path) -> None:
    missing = [
        package
        for program, package in (("javac", "openjdk-17-jdk-headless"), ("mvn", "maven"))
        if shutil.which(program) is None
    ]
    if missing:
        install(missing, "Java 17 with Maven (for Elasticsearch)")
    netty = folder / "modules" / NETTY[0]
    _copy_jars(folder / "lib", "excludeGroupIds=io.netty", "excludeArtifactIds=transport-netty4")
    _copy_jars(
        netty,
        "includeGroupIds=io.netty,org.elasticsearch.plugin",
        "excludeArtifactIds=elasticsearch-plugin-api,elasticsearch-plugin-analysis-api",
    )
    version = next((folder / "lib").glob("elasticsearch-8.*.jar")).stem.removeprefix("elasticsearch-")
    classes = folder / "classes"
    sources = [str(SOURCES / "SearchNode.java"), str(SOURCES / "Banner.java")]
    _run(["javac", "--release", "17", "-cp", f"{folder / 'lib'}/*", "-d", str(classes), *sources])
    _jar(folder / "lib" / "search-node.jar", sorted(classes.glob("SearchNode*.class")))
    _jar(folder / "modules" / BANNER[0] / "banner.jar", sorted(classes.glob("Banner*.class")))
    for name, classname in (NETTY, BANNER):
        descriptor = DESCRIPTOR.format(name=name, version=version, classname=classname)
        (folder / "modules" / name / "plugin-descriptor.properties").write_text(descriptor)


def _copy_jars(target: Path, *choice: str) -> None:
    options = [f"-D{word}" for word in (*choice, "includeScope=runtime", f"outputDirectory={target}")]
    command = ["mvn", "-B", "-q", "-f", str(SOURCES / "pom.xml"), "dependency:copy-dependencies", *options]
    _run(command, maven_environment(cache() / "java-trust"))


def _jar(file: Path, classes: Sequence[Path]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for one in classes:
            archive.write(one, one.name)


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, env=environment)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise ServerMissing(f"Elasticsearch can't be built: {command[0]} failed:\n{said}")
