# `make` prints what there is; `make install` makes .venv, on which everything else stands.

PYTHON ?= python3
BIN    := .venv/bin
UV     := $(BIN)/uv

IMAGES   ?=
DURATION ?=
CAMERAS  ?= 2

.DEFAULT_GOAL := help

# Compiled modules are kept: hundreds of the tests start a process, which would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"Marbleline needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}. Name another with make PYTHON=...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/demo.done: pyproject.toml locks/demo.txt | $(UV)
	@echo "Installing the line and its console into .venv ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r locks/demo.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

EXAMPLE := examples/marbleline-example-adapters

.venv/test.done: pyproject.toml locks/test.txt $(EXAMPLE)/pyproject.toml | $(UV)
	@echo "Installing what the tests need into .venv ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r locks/test.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . --editable $(EXAMPLE)
	@touch $@ .venv/demo.done

install: .venv/demo.done ## Make .venv with the line and its console

dev: .venv/test.done ## Make .venv with all that the tests need

demo: SLABS ?= 200
demo: .venv/demo.done ## Run a line on synthetic slabs (IMAGES=folder DURATION=seconds CAMERAS=2 SLABS=200), or TEACH=1: teach a stone
ifdef TEACH
	@rm -rf .demo/rehearsal
	@$(BIN)/marbleline product rehearse --folder .demo/rehearsal
else
	@$(BIN)/marbleline line --data .demo --open --soft-gate --slabs true --slab-tiles 4 $(if $(IMAGES),--images "$(IMAGES)",--commission $(SLABS) --cameras $(CAMERAS)) $(if $(DURATION),--duration $(DURATION))
endif

test: lint unit services ## What a change has to pass: lint, types, layers, unit, contract and service tests

lint: .venv/test.done ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/test.done ## Unit and contract tests of all that needs no server (under a minute)
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "not slow"

coverage: .venv/test.done ## The unit suite once more, with the lines and branches that it leaves out
	$(BIN)/python -m pytest -n 4 --cov --cov-report=term:skip-covered

services: .venv/test.done ## The adapters on a real RabbitMQ, Elasticsearch and model server
	$(BIN)/python -m pytest tests/services -p no:xdist
	$(BIN)/python -m pytest -m slow -p no:xdist

console: .venv/test.done ## The console in a real browser
	$(BIN)/python -m pytest tests/console -p no:xdist

console-servers: .venv/test.done ## The same on RabbitMQ and Elasticsearch
	MARBLELINE_TEST_CONSOLE=servers $(BIN)/python -m pytest tests/console -p no:xdist

.venv-train/done: pyproject.toml locks/train.txt | $(UV)
	@echo "Installing TensorFlow and what training needs into .venv-train ..."
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@$(UV) pip install --quiet --python .venv-train/bin/python --require-hashes -r locks/train.txt
	@$(UV) pip install --quiet --python .venv-train/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-airflow/done: locks/airflow.txt | $(UV)
	@echo "Installing Airflow into .venv-airflow ..."
	@test -x .venv-airflow/bin/python || $(PYTHON) -m venv .venv-airflow
	@$(UV) pip install --quiet --python .venv-airflow/bin/python --require-hashes -r locks/airflow.txt
	@touch $@

test-dags: .venv-airflow/done ## The DAGs on a real Airflow; their pods on the API server that KUBECONFIG names
	.venv-airflow/bin/python -m pytest tests/dags -p no:xdist --confcutdir tests/dags

DATA   ?= data
OUTPUT ?= model_repo/marble/2

train: .venv-train/done ## Train a version (DATA=folder of data sets, OUTPUT=model_repo/marble/2)
	.venv-train/bin/marbleline train --data-root "$(DATA)" --output "$(OUTPUT)"

evaluate: .venv-train/done ## Measure the newest version beside its goals (DATA=folder of data sets)
	.venv-train/bin/marbleline evaluate --data-root "$(DATA)"

test-model: .venv-train/done ## The shipped model on TensorFlow and LiteRT, export, a small training
	.venv-train/bin/python -m pytest tests/model -p no:xdist

faults: .venv/test.done ## Break every part of a busy line and count what is lost: nothing (25 min; FAULT=tenfold OVERLOAD_S=180 for one)
	$(BIN)/python -m pytest tests/faults -p no:xdist -v $(if $(FAULT),-k "$(FAULT)")

mutations: .venv/test.done ## Break each guarantee in a copy of the code and see a test fail
	$(BIN)/python -m tests.mutations $(if $(SERVERS),--servers)

gate-faults: SLABS ?= 10000
gate-faults: .venv/test.done ## Break every part around a reject gate and check each slab that passed (22 min; SLABS=10000)
	$(BIN)/python -m tests.gate_faults --slabs $(SLABS)

gige-faults: .venv/test.done ## Kill a fake GigE Vision camera 20 times and check each frame that was judged (5 min; SECONDS=3600)
	$(BIN)/python -m tests.gige_faults --seconds $(or $(SECONDS),300)

.venv-runtimes/done: locks/runtimes.txt | $(UV)
	@echo "Installing the runtimes that the bench compares into .venv-runtimes ..."
	@test -x .venv-runtimes/bin/python || $(PYTHON) -m venv .venv-runtimes
	@$(UV) pip install --quiet --python .venv-runtimes/bin/python --require-hashes -r locks/runtimes.txt
	@touch $@

bench: .venv/test.done $(if $(filter model peers,$(BENCH)),.venv-runtimes/done) ## Measure speed, cost and scale, beside the last time (half an hour; BENCH=row for one)
	$(BIN)/python -m benchmarks $(BENCH)

docs: .venv/test.done ## Write the pages of docs/ that are made from the code
	$(BIN)/python -m tests.docs.reference

screenshots: .venv/test.done ## Make the pictures of the console in docs/images from a running demo (needs Chromium)
	@$(BIN)/python -m tests.console.screenshot

.venv-audit/done: locks/audit.txt | $(UV)
	@echo "Installing pip-audit into .venv-audit ..."
	@test -x .venv-audit/bin/python || $(PYTHON) -m venv .venv-audit
	@$(UV) pip install --quiet --python .venv-audit/bin/python --require-hashes -r locks/audit.txt
	@touch $@

audit: .venv/test.done .venv-audit/done ## Look all locked packages up for known vulnerabilities (SERVICE=osv; docs/security.md)
	@$(BIN)/python -m release.advisories .venv-audit/bin/pip-audit $(or $(SERVICE),pypi)

lock: $(UV) ## Freeze the newest versions that fit pyproject.toml into locks/
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --upgrade --group build --extra demo pyproject.toml -o locks/demo.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group build --group test --extra demo --extra s7 --extra mqtt --extra opcua --extra video --extra genicam --extra rabbitmq --extra elasticsearch --extra serve --extra tracing --extra preflight pyproject.toml -o locks/test.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group build --group test --extra train pyproject.toml -o locks/train.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group runtimes -o locks/runtimes.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group airflow -o locks/airflow.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group audit -o locks/audit.txt

clean: ## Remove what the demo and the tests left
	rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .coverage* htmlcov

.PHONY: help install dev demo test lint unit coverage services console console-servers train evaluate test-model test-dags faults gate-faults gige-faults mutations bench docs screenshots audit lock clean

include images/images.mk
