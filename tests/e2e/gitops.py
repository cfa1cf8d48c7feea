"""A render applied as Argo CD does, on the server's side: the second time nothing is different."""

from tests.e2e.cluster import CHART, Broken, Release, command

VALUES = (
    "-f",
    str(CHART / "ci" / "elastic-values.yaml"),
    "--set",
    "filebeat.enabled=false,broker.mode=managed",
)


def applied_twice(line: Release) -> str:
    """All but workers' pods, in a namespace of its own that is removed."""
    release = Release(f"{line.namespace}-gitops", "git")
    command("kubectl", "create", "namespace", release.namespace)
    try:
        rendered = [_rendered(release) for _ in range(2)]
        if rendered[0] != rendered[1]:
            raise Broken("two renderings differ")
        options = ("--server-side", "--field-manager=argocd-controller", "-f", "-")
        said = [release.kubectl("apply", *options, given=text) for text in rendered]
        # Exit code 1: something is different.
        release.kubectl("diff", *options, given=rendered[0])
        return f"{len(said[1].splitlines())} objects, applied twice, no difference"
    finally:
        command("kubectl", "delete", "namespace", release.namespace, "--wait=false")


def _rendered(release: Release) -> str:
    options = ("-n", release.namespace, "--set", "checkOperators=false", *VALUES)
    return command("helm", "template", release.name, str(CHART), *options)
