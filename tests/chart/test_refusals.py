"""Values that are wrong, or that contradict each other, are refused by name before anything is installed."""

import pytest

from tests.chart.conftest import Refuse, Render

SINK = "sink.enabled=true,sink.targets.mes=https://mes.plant/,sink.secret=s"
TFSERVING = "serving.mode=tfserving,serving.labels.stable=1"
INGRESS = "console.login=header,console.ingress.enabled=true,console.ingress.host=line.example"
GKE = "console.gke.enabled=true,console.gke.iapSecret=s"
ELSEWHERE = "store.mode=external,store.external.url=http://e:9200"
CAMERA = "cameras[0].name=a,cameras[0].source=synthetic:"

# By the schema: --set -> what the message names.
WRONG = {
    "line=Line_1": "line",
    "cameras[0].name=a,cameras[0].source=usb": "source",
    "cameras[0].name=A!,cameras[0].source=synthetic:": "name",
    f"{CAMERA},cameras[0].colour=red": "colour",
    f"{CAMERA},cameras[0].rate=0": "rate",
    f"{CAMERA},cameras[0].spoolVolume=2GB": "spoolVolume",
    f"{CAMERA},cameras[0].env.RATE=1": "RATE",
    f"{CAMERA},cameras[0].pod.nodeselector.a=b": "nodeselector",
    "camera.rolloutSeconds=-1": "rolloutSeconds",
    "camera.gracePeriodSeconds=1": "gracePeriodSeconds",
    "publisher.batchSize=0": "batchSize",
    "publisher.shadow=Candidate": "shadow",
    "publisher.shadowShare=2": "shadowShare",
    "publisher.fallbackMs=-5": "fallbackMs",
    "broker.mode=cloud": "broker",
    "broker.managed.replicas=2": "replicas",
    "broker.external.port=70000": "port",
    "broker.managed.tls.issuer.kind=CA": "kind",
    "encoder.replica=2": "replica",
    "encoder.replicas=-1": "replicas",
    "encoder.pod.tolerations=all": "tolerations",
    "encoder.pod.sidecars[0].image=x": "sidecars",
    "encoder.pod.extraEnv[0].name=2B": "extraEnv",
    "encoder.pod.probes.ready.periodSeconds=1": "probes",
    "encoder.nodeSelector.a=b": "nodeSelector",
    "pods.priorityClass=high": "priorityClass",
    "pods.revisionHistoryLimit=-1": "revisionHistoryLimit",
    "pods.serviceAccount.create=false": "serviceAccount",
    "store.managed.pod.lifecycle.preStop=x": "lifecycle",
    "store.managed.storage=10GB": "storage",
    "store.managed.version=9.0.0": "version",
    "store.managed.nodes=2": "nodes",
    "store.managed.nodes=4": "nodes",
    "store.external.url=https://u:p@host": "url",
    "kibana.enabled=maybe": "kibana",
    "filebeat.enabled=yes": "filebeat",
    "logLevel=loud": "logLevel",
    "maxFrameBytes=10": "maxFrameBytes",
    "secrets.storeGeneration=0": "storeGeneration",
    "secrets.password=x": "password",
    "sink.targets.mes=mes.plant": "mes",
    "sink.targets.mes=mqtts://user:password@broker": "mes",
    "sink.targets.mes=smtp://mail.plant": "mes",
    "sink.targets.mes=smtp://user:word@mail.plant/anna@plant.example": "mes",
    "sink.mailFrom=line": "mailFrom",
    "sink.targets.Mes=https://mes.plant": "Mes",
    "sink.events={bad}": "events",
    "sink.timeoutMs=60000": "timeoutMs",
    "sink.ports={0}": "ports",
    "console.login=password": "login",
    "console.service.type=ExternalName": "type",
    "console.service.sessionAffinity=Cookie": "sessionAffinity",
    "console.ingress.host=Line_1": "host",
    "console.httpRoute.hostname=x": "hostname",
    "serving.mode=onnx": "serving",
    "model.source=http": "source",
    "image.pullPolicy=Sometimes": "pullPolicy",
    "image.digest=sha256:1": "digest",
    "encoder.image.digest=sha256:1": "digest",
    "batch.schedules.batch=hourly": "batch",
    "batch.report.language=de": "language",
    "batch.report.targets.mes=mqtts://broker": "mes",
    "tracing.share=1.5": "share",
    "metrics.podMonitor.interval=often": "interval",
}

# By what contradicts what: --set -> what the message names.
CONTRADICTING = {
    "store.mode=external": "store.external.url",
    "broker.mode=external": "broker.external.host",
    "broker.mode=external,broker.external.host=mq": "broker.external.secret",
    "serving.mode=external": "serving.external.url",
    "model.source=bucket": "model.bucket",
    "model.source=claim": "model.claim",
    f"kibana.enabled=true,{ELSEWHERE}": "kibana.enabled",
    "filebeat.enabled=true": "filebeat.namespace",
    f"metrics.storeExporter.enabled=true,{ELSEWHERE}": "metrics.storeExporter.enabled",
    f"filebeat.enabled=true,filebeat.namespace=l,{ELSEWHERE}": "filebeat.enabled",
    "broker.managed.tls.secret=a,broker.managed.tls.issuer.name=b": "broker.managed.tls",
    "cameras[0].name=a,cameras[0].source=folder:/pictures": "pictures",
    "cameras[0].name=a,cameras[0].source=landing:/pictures": "pictures",
    f"{CAMERA},cameras[1].name=a,cameras[1].source=synthetic:": "twice",
    "cameras[0].name=selftest,cameras[0].source=synthetic:": "selftest",
    "batch.enabled=true,cameras[0].name=batch,cameras[0].source=synthetic:": "batch",
    f"{CAMERA},cameras[0].tokenSecret=t": "tokenSecret",
    "cameras[0].name=a,cameras[0].source=http:0.0.0.0:9100": "9100",
    "camera.spoolBytes=2000000000": "spoolVolume",
    f"{CAMERA},cameras[0].spoolBytes=4000000000,cameras[0].spoolVolume=4Gi": "spoolBytes",
    "encoder.autoscaling.enabled=true,encoder.replicas=9": "encoder.autoscaling.maxReplicas",
    "publisher.autoscaling.enabled=true,publisher.replicas=7": "publisher.autoscaling.maxReplicas",
    f"{TFSERVING},serving.label=candidate": "serving.label",
    f"{TFSERVING},publisher.shadow=candidate": "publisher.shadow",
    f"{TFSERVING},serving.versions={{2}}": "serving.versions",
    "sink.enabled=true": "sink.targets",
    "sink.enabled=true,sink.targets.mes=https://mes.plant/": "sink.secret",
    f"{SINK},sink.targets.oncall=smtp://mail/anna@plant.example": "sink.mailFrom",
    "batch.report.targets.a=smtp://mail/anna@plant.example": "batch.report.secret",
    "batch.report.secret=s,batch.report.targets.a=smtp://mail/anna@plant.example": "batch.report.mailFrom",
    f"{SINK},sink.timeoutMs=30000": "sink.gracePeriodSeconds",
    "console.ingress.enabled=true": "console.login",
    "console.ingress.enabled=true,console.env.MARBLELINE_CONSOLE_LOGIN=none": "console.login",
    "console.httpRoute.enabled=true": "console.login",
    "console.service.type=LoadBalancer": "console.login",
    "console.login=header,console.ingress.enabled=true": "console.ingress.host",
    "console.login=header,console.httpRoute.enabled=true": "console.httpRoute.parentRefs",
    "console.login=oidc": "console.oidcSecret",
    "console.login=iap": "console.gke.iapSecret",
    f"{INGRESS},console.login=iap,{GKE},networkPolicy.enabled=false": "networkPolicy.enabled",
    f"{GKE}": "console.ingress.enabled",
    f"{INGRESS},{GKE},console.gke.managedCertificate=true,console.ingress.tlsSecret=t": "managedCertificate",
    "console.replicas=2": "console.service.sessionAffinity",
    "secrets.create=false": "store.managed.users",
}


def test_there_are_enough_of_them() -> None:
    assert len(WRONG) + len(CONTRADICTING) >= 40


@pytest.mark.parametrize(("wrong", "named"), {**WRONG, **CONTRADICTING}.items())
def test_a_wrong_value_is_refused_by_name(refuse: Refuse, wrong: str, named: str) -> None:
    assert named in refuse("--set", wrong)


@pytest.mark.parametrize(
    "right",
    [
        "camera.spoolBytes=1900000000",
        "encoder.autoscaling.enabled=true,encoder.replicas=6",
        "console.replicas=2,console.service.sessionAffinity=ClientIP",
        f"{TFSERVING},serving.label=stable,publisher.shadow=stable,serving.versions={{1}}",
        f"{INGRESS},{GKE},console.login=iap,console.replicas=2",
    ],
)
def test_what_is_just_right_is_taken(render: Render, right: str) -> None:
    assert render("--set", right)


EXTERNAL = (
    "store.mode=external,store.external.url=http://e:9200,broker.mode=external,broker.external.host=mq,"
    "broker.external.secret=s"
)


@pytest.mark.parametrize(
    ("release", "values", "named"),
    [
        ("a" * 30, "", "a" * 30 + "-kibana"),
        ("a" * 31, "kibana.enabled=false", "a" * 31 + "-store"),
        ("a" * 39, "store.mode=external,store.external.url=http://e:9200", "broker"),
        ("a" * 41, EXTERNAL, "too long"),
    ],
)
def test_names_that_would_be_cut_off_are_refused(
    refuse: Refuse, release: str, values: str, named: str
) -> None:
    assert named in refuse("--set", values, release=release)


def test_cameras_whose_names_are_one_after_the_cut_are_refused(refuse: Refuse) -> None:
    names = ["c" * 29 + end for end in "ab"]
    cameras = ",".join(
        f"cameras[{place}].name={name},cameras[{place}].source=synthetic:" for place, name in enumerate(names)
    )
    message = refuse("--set", f"{cameras},{EXTERNAL}", release="r" * 39)
    assert all(name in message for name in names)
