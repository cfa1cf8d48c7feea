"""``marbleline preflight``: what a Kubernetes cluster lacks for the chart."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.errors import SettingError

if TYPE_CHECKING:
    from marbleline.operations.preflight.checks import Finding
    from marbleline.operations.preflight.requirements import Requirements


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "preflight",
        help="check that a Kubernetes cluster meets the requirements of the chart",
        description="Checks the cluster that KUBECONFIG names: version, operators, storage class, Pod "
        "Security, your permissions, and capacity for the resource requests. Creates nothing. With "
        "--manifest it checks what your values need, without it what the default values need.",
        epilog="Example: helm template ml charts/marbleline -n line -f my-values.yaml "
        "--set checkOperators=false | marbleline preflight -n line --manifest -     "
        "Exit code: 0 nothing is missing (there may be warnings), 1 something is missing or the cluster does "
        "not answer, 2 usage.",
    )
    parser.add_argument(
        "-n", "--namespace", default="default", help="namespace of the release (default: default)"
    )
    parser.add_argument("--context", default="", help="context of the kubeconfig; default: the current one")
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE", help="what `helm template` printed; - reads standard input"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line per check; 1 if something is missing."""
    try:
        from marbleline.operations.preflight.checks import CheckStatus, run_checks
        from marbleline.operations.preflight.cluster_state import read_cluster
    except ImportError as error:
        raise SettingError(
            "preflight: needs Kubernetes' client: pip install 'marbleline[preflight]'"
        ) from error
    requirements = _wanted(args.manifest, args.namespace)
    findings = run_checks(requirements, read_cluster(requirements, args.namespace, args.context))
    missing = any(finding.grade is CheckStatus.MISSING for finding in findings)
    if args.json:
        print(json.dumps({"ready": not missing, "findings": [asdict(finding) for finding in findings]}))
    else:
        print(as_table(findings))
    return 1 if missing else 0


def _wanted(manifest: Path | None, namespace: str) -> "Requirements":
    import yaml

    from marbleline.operations.preflight.requirements import AT_LEAST, read

    if manifest is None:
        return AT_LEAST
    try:
        text = sys.stdin.read() if str(manifest) == "-" else manifest.read_text(encoding="utf-8")
        objects = [one for one in yaml.safe_load_all(text) if one]
    except (OSError, yaml.YAMLError) as error:
        raise SettingError(f"manifest {manifest}: can't be read: {error}") from error
    if not objects:
        raise SettingError(f"manifest {manifest}: holds nothing; give what `helm template` prints")
    try:
        return read(objects, namespace)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SettingError(f"manifest {manifest}: is none of the chart: {error!r}") from error


def as_table(findings: "list[Finding]") -> str:
    """A line per finding, and what to do about it below those that are not well."""
    width = max(len(finding.check) for finding in findings)
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.grade.value:<8} {finding.check:<{width}}  {finding.found}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<{width}}  -> {finding.remedy}")
    return "\n".join(lines)
