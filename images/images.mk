# Images: included by the Makefile.

REGISTRY     ?= marbleline
TAG          ?= dev
PYTHON_IMAGE ?= python:3.11-slim-bookworm
AIRFLOW_IMAGE ?= apache/airflow:3.3.2-python3.11
MODEL        ?= model_repo/marble
IMAGE_NAMES  ?= camera encoder publisher console serve model
ALL_IMAGES   := camera camera-video encoder publisher gate opcua console serve model trainer airflow
DOCKER       ?= docker
DOCKER_ARGS  ?=

images: ## Build the images of the line (REGISTRY=marbleline TAG=dev IMAGE_NAMES="camera encoder ...")
	@for name in $(IMAGE_NAMES); do \
	  echo "Building $(REGISTRY)/$$name:$(TAG) ..."; \
	  $(DOCKER) build --quiet $(DOCKER_ARGS) -f images/Dockerfile --target $$name -t $(REGISTRY)/$$name:$(TAG) \
	    --build-arg PYTHON_IMAGE=$(PYTHON_IMAGE) --build-arg AIRFLOW_IMAGE=$(AIRFLOW_IMAGE) --build-arg MODEL=$(MODEL) \
	    --build-arg REVISION=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) . || exit 1; \
	done

image-sizes: ## What each image adds to its base, in MB
	@base=$$($(DOCKER) image inspect -f '{{.Size}}' $(PYTHON_IMAGE)); \
	for name in $(IMAGE_NAMES); do \
	  size=$$($(DOCKER) image inspect -f '{{.Size}}' $(REGISTRY)/$$name:$(TAG)) || exit 1; \
	  printf '%-14s %4d MB over its base\n' $$name $$(( (size - base) / 1000000 )); \
	done

sbom: ## Copy the images' bills of materials (CycloneDX) to sbom/
	@mkdir -p sbom
	@for name in $(filter-out model airflow,$(IMAGE_NAMES)); do \
	  id=$$($(DOCKER) create $(REGISTRY)/$$name:$(TAG)) && \
	  $(DOCKER) cp -q $$id:/opt/venv/share/sbom/marbleline-$$name.cdx.json sbom/ 2>/dev/null || \
	  $(DOCKER) cp $$id:/opt/venv/share/sbom/marbleline-$$name.cdx.json sbom/ || exit 1; \
	  $(DOCKER) rm $$id >/dev/null; \
	done; ls sbom

lock-images: $(UV) ## Freeze what each image installs into images/locks/
	@set -e; freeze() { name=$$1; shift; \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	    --no-annotate "$$@" -o images/locks/$$name.txt; }; \
	freeze camera pyproject.toml --extra http --extra rabbitmq --extra tracing; \
	freeze camera-video pyproject.toml --extra http --extra rabbitmq --extra video --extra genicam --extra tracing; \
	freeze encoder pyproject.toml --extra mqtt --extra rabbitmq --extra elasticsearch --extra tracing; \
	freeze publisher pyproject.toml --extra rabbitmq --extra elasticsearch --extra serving --extra litert --extra signing --extra tracing; \
	freeze gate pyproject.toml --extra rabbitmq --extra elasticsearch --extra video --extra litert --extra modbus --extra s7 --extra signing --extra tracing; \
	freeze opcua pyproject.toml --extra rabbitmq --extra elasticsearch --extra opcua; \
	freeze console pyproject.toml --extra rabbitmq --extra elasticsearch --extra console; \
	freeze serve pyproject.toml --extra serve; \
	freeze trainer pyproject.toml --extra signing --extra train; \
	freeze build images/build.in

# What `make release` pushes. Each step runs by itself: make release-chart.
RELEASE_IMAGES    ?= camera camera-video encoder publisher gate opcua console serve model trainer
COSIGN_KEY        ?=
RELEASE_ARGS      ?=
RELEASE_STEPS     := packages images sboms chart push sign
RELEASE_PROGRAM   = $(BIN)/python -m release --registry "$(if $(filter marbleline,$(REGISTRY)),,$(REGISTRY))" --key "$(COSIGN_KEY)" --docker-args="$(DOCKER_ARGS)" --images $(RELEASE_IMAGES) $(RELEASE_ARGS) --

release: .venv/test.done ## Build, push, pin and sign a release (REGISTRY=host/path COSIGN_KEY=cosign.key; docs/releasing.md)
	$(RELEASE_PROGRAM) $(RELEASE_STEPS)

release-packages: .venv/test.done ## Build wheel and sdist into dist/
	$(RELEASE_PROGRAM) packages

release-images: .venv/test.done ## Build and push the images (REGISTRY=host/path), and note their digests
	$(RELEASE_PROGRAM) images

release-sboms: .venv/test.done ## Write an SBOM (SPDX) of each pushed image and of the wheel's requirements
	$(RELEASE_PROGRAM) sboms

release-chart: .venv/test.done ## Package the chart, its images pinned by the digests of release-images
	$(RELEASE_PROGRAM) chart

release-push: .venv/test.done ## Push the chart's package to oci://REGISTRY/charts
	$(RELEASE_PROGRAM) push

release-sign: .venv/test.done ## Sign files and images (COSIGN_KEY=cosign.key)
	$(RELEASE_PROGRAM) sign

.PHONY: images image-sizes sbom lock-images release $(RELEASE_STEPS:%=release-%)

chart: .venv/test.done ## The chart's tests (helm has to be on the PATH)
	$(BIN)/python -m pytest tests/chart

NAMESPACE    ?= line
RELEASE      ?= ml
SECOND_MODEL ?=
KIT          ?=
COMMIT       ?=
# Of the e2e: another RabbitMQ, how many of its nodes (1 or 3), and how many times faster the cameras are.
BROKER_IMAGE ?=
BROKERS      ?=
RATE         ?=
# Of e2e-alerts; empty: Prometheus' own image.
PROMETHEUS_IMAGE ?=
export BROKER_IMAGE BROKERS RATE

e2e-install: .venv/test.done ## Install the line that `make e2e` breaks into the cluster of KUBECONFIG (NAMESPACE=line RELEASE=ml BROKER_IMAGE= BROKERS= RATE=)
	$(BIN)/python -m tests.e2e.install $(NAMESPACE) $(RELEASE)

e2e: .venv/test.done ## Break that line in turn and count (SECOND_MODEL=tag of an image with two versions of the model)
	$(BIN)/python -m tests.e2e $(NAMESPACE) $(RELEASE) --second-model "$(SECOND_MODEL)"

e2e-upgrade: .venv/test.done ## Install the chart of COMMIT, whose images have the tag `before` in the cluster, and upgrade it while frames flow
	$(BIN)/python -m tests.e2e.upgraded $(NAMESPACE) $(RELEASE) --commit "$(COMMIT)"

e2e-policies: .venv/test.done ## Try who may talk to whom on that line, where the cluster enforces NetworkPolicies
	$(BIN)/python -m tests.e2e $(NAMESPACE) $(RELEASE) --policies

e2e-drain: .venv/test.done ## Drain the node of the line that `make e2e-install` installed (BROKERS=1 or 3) and count
	$(BIN)/python -m tests.e2e $(NAMESPACE) $(RELEASE) --rows "node drained"

e2e-alerts: .venv/test.done ## Prometheus beside a line of its own: a camera goes, its alert fires and ends (PROMETHEUS_IMAGE=)
	PROMETHEUS_IMAGE="$(PROMETHEUS_IMAGE)" $(BIN)/python -m tests.e2e.alerts alerts ml

e2e-gate: .venv/test.done ## Gate station, soft PLC and OPC UA server as pods, where the cluster enforces NetworkPolicies (images gate and opcua)
	$(BIN)/python -m tests.e2e.station gate ml

e2e-kit: .venv/test.done ## From nothing to a finished e2e on a cluster that is made for it (KIT=folder that makes one; WITHOUT_BATCH=1: no batch lane)
	tests/e2e/kit "$(KIT)"

KEDA         ?=
KIND_CLUSTER ?= marbleline

e2e-batch: .venv/test.done .venv-airflow/done ## The batch lane on a line of its own, with a real Airflow (18 min)
	$(BIN)/python -m tests.e2e.batch batch ml

operators: ## Install the RabbitMQ and Elastic operators into the cluster that KUBECONFIG names (KEDA=yes: KEDA too)
	kubectl apply -f https://github.com/rabbitmq/cluster-operator/releases/download/v2.16.0/cluster-operator.yml
	kubectl apply --server-side -f https://download.elastic.co/downloads/eck/3.5.0/crds.yaml
	kubectl apply -f https://download.elastic.co/downloads/eck/3.5.0/operator.yaml
	$(if $(KEDA),kubectl apply --server-side -f https://github.com/kedacore/keda/releases/download/v2.18.0/keda-2.18.0.yaml)
	kubectl -n rabbitmq-system rollout status deployment/rabbitmq-cluster-operator --timeout=180s
	kubectl -n elastic-system rollout status statefulset/elastic-operator --timeout=180s

kind: ## A kind cluster with the operators, the images and the chart; again, and it brings them up to date
	@kind get clusters | grep -qx $(KIND_CLUSTER) || kind create cluster --name $(KIND_CLUSTER)
	@$(MAKE) operators images TAG=dev
	@for name in $(IMAGE_NAMES); do kind load docker-image --name $(KIND_CLUSTER) $(REGISTRY)/$$name:dev || exit 1; done
	@kubectl create namespace $(NAMESPACE) --dry-run=client -o yaml | kubectl apply -f -
	@kubectl label --overwrite namespace $(NAMESPACE) pod-security.kubernetes.io/enforce=restricted
	@$(MAKE) logs-namespace
	@helm upgrade --install $(RELEASE) charts/marbleline -n $(NAMESPACE) -f charts/marbleline/values-kind.yaml --set image.tag=dev --wait --timeout 10m

logs-namespace: ## Filebeat's namespace: it reads the nodes' log folders, which Pod Security restricted forbids
	@kubectl create namespace marbleline-logs --dry-run=client -o yaml | kubectl apply -f -
	@kubectl label --overwrite namespace marbleline-logs pod-security.kubernetes.io/enforce=privileged

airflow: ## Install Airflow with the DAGs beside a line (NAMESPACE=line RELEASE=ml TAG=dev; docs/batch.md)
	helm upgrade --install airflow airflow --repo https://airflow.apache.org --version 1.22.0 -n $(NAMESPACE) \
	  -f charts/airflow-values.yaml --set volumes[0].name=marbleline,volumes[0].configMap.name=$(RELEASE)-batch \
	  --set defaultAirflowRepository=$(REGISTRY)/airflow,defaultAirflowTag=$(TAG) --wait --timeout 10m

.PHONY: chart e2e-install e2e e2e-upgrade e2e-policies e2e-drain e2e-alerts e2e-gate e2e-kit e2e-batch operators kind logs-namespace airflow
