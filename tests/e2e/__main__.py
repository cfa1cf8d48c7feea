"""Break an installed line in turn and count: ``python -m tests.e2e NAMESPACE RELEASE``.

The line is installed with ``ci/e2e-values.yaml``. After each deed the ledger is read from the durable
stores until nothing is pending for long; a row holds how many frames were captured, lost, counted twice.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

SETTLED_S: Final = 180.0
TRAFFIC: Final = 40  # frames that have to be judged after a deed before it counts as healed


@dataclass(frozen=True)
class Line:
    """An installed release."""

    namespace: str
    release: str

    def kubectl(self, *words: str, check: bool = True) -> str:
        """Run kubectl in the line's namespace; its output."""
        command = ["kubectl", "-n", self.namespace, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def ledger(self) -> dict[str, Any] | None:
        """The ledger as counted in the encoder's pod, None if it can't be counted now."""
        deployment = f"deployment/{self.release}-encoder"
        said = self.kubectl("exec", deployment, "--", "marbleline", "ledger", "--json", check=False)
        try:
            found: dict[str, Any] = json.loads(said)
        except ValueError:
            return None
        return found

    def delete(self, component: str) -> None:
        """Kill a part's pods without grace."""
        chosen = f"app.kubernetes.io/component={component},app.kubernetes.io/instance={self.release}"
        self.kubectl("delete", "pod", "-l", chosen, "--grace-period=0", "--force")


def healed(line: Line, judged_before: int) -> dict[str, Any]:
    """Wait until verdicts flow and the ledger balances; the last ledger, whatever it says."""
    until = time.monotonic() + SETTLED_S
    found: dict[str, Any] = {}
    while time.monotonic() < until:
        found = line.ledger() or found
        total = found.get("total", {})
        if found.get("balanced") and total["judged"] >= judged_before + TRAFFIC:
            return found
        time.sleep(2)
    return found


def main(namespace: str, release: str, wanted: list[str]) -> int:
    """Do all deeds; 1 if a frame was lost or counted twice."""
    line = Line(namespace, release)
    selftest = ["helm", "test", release, "-n", namespace, "--logs", "--timeout", "150s"]

    def restart_all() -> None:
        for kind in ("deployment", "statefulset"):
            chosen = f"app.kubernetes.io/name=marbleline,app.kubernetes.io/instance={release}"
            line.kubectl("rollout", "restart", kind, "-l", chosen)
        for part in ("encoder", "publisher", "serving"):
            line.kubectl("rollout", "status", f"deployment/{release}-{part}", "--timeout=180s")

    def scale(replicas: int) -> None:
        line.kubectl("scale", f"deployment/{release}-publisher", f"--replicas={replicas}")
        line.kubectl("rollout", "status", f"deployment/{release}-publisher", "--timeout=120s")

    def outage() -> None:
        line.kubectl("scale", "statefulset/elasticsearch", "--replicas=0")
        line.delete("serving")
        time.sleep(60)  # the length of the outage is what is tested
        line.kubectl("scale", "statefulset/elasticsearch", "--replicas=1")
        line.kubectl("rollout", "status", "statefulset/elasticsearch", "--timeout=180s")

    deeds: dict[str, Callable[[], object]] = {
        "helm test": lambda: print(
            subprocess.run(selftest, check=True, capture_output=True, text=True).stdout
        ),
        "camera killed": lambda: line.delete("camera"),
        "encoder killed": lambda: line.delete("encoder"),
        "publisher killed": lambda: line.delete("publisher"),
        "serving killed": lambda: line.delete("serving"),
        "broker killed": lambda: line.kubectl(
            "delete", "pod", f"{release}-broker-server-0", "--grace-period=0", "--force"
        ),
        "rollout restart": restart_all,
        "publisher 1-3-1": lambda: (scale(3), scale(1)),
        "store away 60 s": outage,
    }
    rows: list[tuple[str, ...]] = []
    failed = False
    for name, deed in deeds.items():
        if wanted and name not in wanted:
            continue
        before = healed(line, 0)["total"]
        began = time.monotonic()
        deed()
        after = healed(line, before["judged"])
        total = after["total"]
        fine = after["balanced"] and total["judged"] >= before["judged"] + TRAFFIC
        failed |= not fine
        counts = [str(total[key]) for key in ("captured", "judged", "gaps", "duplicates", "dead_lettered")]
        rows.append((name, *counts, f"{time.monotonic() - began:.0f} s", "ok" if fine else "FAILED"))
        print("  ".join(cell.ljust(18) for cell in rows[-1]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
