"""An installed release, seen through kubectl and helm."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

INSIDE: Final = Path(__file__).parent / "inside"
CHART: Final = Path(__file__).parents[2] / "charts" / "marbleline"
READY_S: Final = 240.0
# kubectl's own limit on one command; scripts inside wait less.
COMMAND_S: Final = 400.0


class Broken(Exception):
    """A command failed, or a condition did not come within its limit."""


def command(*words: str, given: str | None = None) -> str:
    """Run a program; its output. Raises Broken with what it said."""
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if done.returncode:
        raise Broken(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait_until(what: str, holds: Callable[[], bool], limit_s: float = READY_S) -> None:
    """Ask again and again. Raises Broken naming ``what`` after the limit, with the last error."""
    until = time.monotonic() + limit_s
    trouble: object = ""
    while True:
        try:
            if holds():
                return
        except (Broken, subprocess.TimeoutExpired) as error:
            trouble = error
        if time.monotonic() >= until:
            raise Broken(f"not within {limit_s:.0f} s: {what} {trouble}".rstrip())
        time.sleep(1)


@dataclass(frozen=True)
class Release:
    """A release of the chart in its namespace."""

    namespace: str
    name: str

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """Run kubectl in the namespace; its output. Raises Broken."""
        return command("kubectl", "-n", self.namespace, *words, given=given)

    def get(self, *words: str) -> Any:
        """``kubectl get ... -o json``, decoded. Raises Broken."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def helm(self, verb: str, *options: str) -> str:
        """Run ``helm VERB NAME ...``. Raises Broken."""
        return command("helm", verb, self.name, *options, "-n", self.namespace)

    def pods(self, part: str) -> list[dict[str, Any]]:
        """The pods of a part that are not on their way out."""
        chosen = f"app.kubernetes.io/component={part},app.kubernetes.io/instance={self.name}"
        found: list[dict[str, Any]] = self.get("pods", "-l", chosen)["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ready(self, part: str, count: int = 1) -> list[str]:
        """The names of a part's pods once so many are ready. Raises Broken."""
        names: list[str] = []

        def there() -> bool:
            names[:] = [pod["metadata"]["name"] for pod in self.pods(part) if is_ready(pod)]
            return len(names) >= count

        wait_until(f"{count} ready {part} pod(s)", there)
        return names

    def run_inside(self, pod: str, script: str, *words: str) -> Any:
        """Run a script of ``inside/`` in a pod; the JSON that it prints. Raises Broken."""
        text = (INSIDE / script).read_text(encoding="utf-8")
        said = self.kubectl("exec", "-i", pod, "--", "/opt/venv/bin/python", "-", *words, given=text)
        try:
            return json.loads(said)
        except ValueError as error:  # the pod went away meanwhile
            raise Broken(f"{script} in {pod} printed no JSON: {said[-200:]!r}") from error

    def kill(self, part: str) -> None:
        """Kill a part's pods without grace, and wait until others are there."""
        before = {pod["metadata"]["uid"] for pod in self.pods(part)}
        names = [f"pod/{pod['metadata']['name']}" for pod in self.pods(part)]
        self.kubectl("delete", *names, "--grace-period=0", "--force", "--wait=false")

        def replaced() -> bool:
            now = {pod["metadata"]["uid"] for pod in self.pods(part) if is_ready(pod)}
            return len(now) >= len(before) and not now & before

        wait_until(f"other {part} pods", replaced)

    def rolled_out(self, *workloads: str) -> None:
        """Wait until these are as their specification says. Raises Broken."""
        for workload in workloads:
            self.kubectl("rollout", "status", workload, f"--timeout={READY_S:.0f}s")


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether a pod says that it can do its work."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
