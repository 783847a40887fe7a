# make setup | repro | champion | report | test | tests | test-long | test-flows | torture | fuzz | lint | docs | bench | bench-peers | mctx | environments | bench-tutorials | bench-boards | yardsticks | bluesky | fidelity | sumo | metadrive | ui | worker | deploy | lock | clean
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell $(name) --version 2>/dev/null),$(name))))
BIN := .venv/bin
EXTRAS := bluesky docs environments fuzz mctx metadrive peers sumo
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help setup repro champion report test tests test-long test-flows torture fuzz lint docs bench bench-peers mctx environments bench-tutorials bench-boards yardsticks bluesky fidelity sumo metadrive ui worker deploy lock clean

help:
	@echo "make setup   install the pinned environment into .venv (instant when nothing changed)"
	@echo "make repro   run the whole pipeline: scenarios, train, evaluate, export, report"
	@echo "make champion  run the pipeline, and make its policy the one that comes along in champions/"
	@echo "make report  the report alone, from what evaluation has left"
	@echo "make test    lint, types and tests"
	@echo "make tests   the tests alone"
	@echo "make test-long  the tests in which stage after stage runs, for each algorithm and option (a quarter of an hour)"
	@echo "make test-flows  the tests that start a Prefect server and a worker, and real stages (twenty minutes)"
	@echo "make torture kills, power cuts, full disks, clocks, bad inputs: on temporary checkouts (days; FIRE=--few: hours)"
	@echo "make fuzz    readers of files from outside, a minute each, by coverage (FUZZ='--seconds 600 scenario')"
	@echo "make lint    ruff and mypy"
	@echo "make bench   measure simulation and training speed, beside a plain NumPy environment"
	@echo "make bench-peers  measure PPO beside other libraries' learners, which come into .venv-peers"
	@echo "make mctx    compare our search with mctx's, which comes into .venv-mctx: weights, and simulations a second"
	@echo "make environments install PettingZoo's own environments beside the pinned environment, into .venv-environments"
	@echo "make bench-tutorials  train PettingZoo's tutorials, by their own recipes and by this pipeline (hours)"
	@echo "make bench-boards  train on tic-tac-toe and connect four, and count mistakes by seconds of learning (an hour)"
	@echo "make yardsticks  fly the rules on a grid of settings, on validation; their tables, and docs/yardsticks.svg"
	@echo "make bluesky install BlueSky beside the pinned environment, into .venv-bluesky"
	@echo "make fidelity compare our flying with BlueSky's; fails outside the bars"
	@echo "make sumo    compare the roads' car-following with SUMO's, and drive in it; fails outside the bars"
	@echo "make metadrive install MetaDrive beside the pinned environment, into .venv-metadrive"
	@echo "make docs    build the documentation site into build/site; any warning fails"
	@echo "make ui      start Prefect, a worker and MLflow on 127.0.0.1; Ctrl-C ends all of it"
	@echo "make worker  run trials of a sweep in this clone, for the Prefect of another (docs/scaling.md)"
	@echo "make deploy  tell the Prefect of a running make ui about an edited prefect.yaml"
	@echo "make lock    resolve pyproject.toml anew into requirements.lock and those of the extras; make lock-docs: of one extra"
	@echo "make clean   remove the environment and caches; data and runs stay"

setup: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

repro: setup
	python -m flows.dvc_files
	dvc repro

# what comes along: in a clean checkout, so that it can be made again from its commit
champion: repro
	@test -z "$$(git status --porcelain -- envs pipeline params.yaml)" || \
		{ echo "error: champion: uncommitted changes, wanted a commit that makes it again"; exit 1; }
	rm -rf champions/airspace/generic
	mkdir -p champions/airspace
	cp -R data/export/airspace/generic champions/airspace/generic

report: setup
	dvc repro --single-item report

# lint and types use one core; the tests need not wait for them
test: setup
	@$(MAKE) --no-print-directory --jobs 2 lint tests

tests: setup
	python -m pytest -n 2 --dist worksteal

test-long: setup
	python -m pytest -m long -n 2 --dist loadfile

test-flows: setup
	python -m pytest -m server tests/flows

# FIRE: kinds and options of `python -m torture --help`
torture: setup
	python -m torture $(FIRE)

# FUZZ: readers and options of `python -m torture.fuzz --help`
fuzz: .venv-fuzz/installed
	.venv-fuzz/bin/python -m torture.fuzz $(FUZZ)

.venv-fuzz/installed: requirements.lock requirements-fuzz.lock pyproject.toml
	$(call beside,fuzz)

lint: setup
	ruff check .
	ruff format --check .
	mypy

bench: setup
	python -m benchmarks

# an environment with one of the extras beside the pinned versions
define beside
@test -x .venv-$(1)/bin/python || $(PYTHON) -m venv .venv-$(1)
.venv-$(1)/bin/pip install --quiet --disable-pip-version-check \
	--requirement requirements.lock --requirement requirements-$(1).lock
.venv-$(1)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
@touch $@
endef

bench-peers: export TQDM_DISABLE := 1
bench-peers: .venv-peers/installed
	.venv-peers/bin/python -m benchmarks.peers

.venv-peers/installed: requirements.lock requirements-peers.lock pyproject.toml
	$(call beside,peers)

# the search beside mctx: the same weights, and how many simulations a second each does
mctx: .venv-mctx/installed
	.venv-mctx/bin/python -m pytest benchmarks/check_mctx.py
	.venv-mctx/bin/python -m benchmarks.mctx_speed

.venv-mctx/installed: requirements.lock requirements-mctx.lock pyproject.toml
	$(call beside,mctx)

environments: .venv-environments/installed

# waterworld_v4 left PettingZoo after 1.25: it comes from there, beside its sisters
.venv-environments/installed: requirements.lock requirements-environments.lock pyproject.toml
	@test -x .venv-environments/bin/python || $(PYTHON) -m venv .venv-environments
	.venv-environments/bin/pip install --quiet --disable-pip-version-check \
		--requirement requirements.lock --requirement requirements-environments.lock
	.venv-environments/bin/pip install --quiet --disable-pip-version-check --no-deps \
		--target build/pettingzoo-1.25 --upgrade pettingzoo==1.25.0
	cp -R build/pettingzoo-1.25/pettingzoo/sisl/waterworld* \
		"$$($(@D)/bin/python -c 'import pettingzoo.sisl as it; print(it.__path__[0])')"
	.venv-environments/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

bench-tutorials: environments
	.venv-environments/bin/python -m benchmarks.tutorials

bench-boards: setup
	python -m benchmarks.zero tic_tac_toe
	python -m benchmarks.zero connect_four --limit 900 --every 180 --simulations 0 64 --depths 2 5

yardsticks: setup
	dvc repro scenarios
	python -m benchmarks.yardsticks

bluesky: .venv-bluesky/installed

.venv-bluesky/installed: requirements.lock requirements-bluesky.lock pyproject.toml
	$(call beside,bluesky)

fidelity: bluesky
	.venv-bluesky/bin/python -m pytest benchmarks/check_bluesky.py
	.venv-bluesky/bin/python -m benchmarks.fidelity
	.venv-bluesky/bin/python -m benchmarks.bluesky_speed

sumo: .venv-sumo/installed
	.venv-sumo/bin/python -m benchmarks.sumo

.venv-sumo/installed: requirements.lock requirements-sumo.lock pyproject.toml
	$(call beside,sumo)

metadrive: .venv-metadrive/installed

# without what it asks for besides: its pygame would lie upon our pygame-ce
.venv-metadrive/installed: requirements.lock requirements-metadrive.lock pyproject.toml
	@test -x .venv-metadrive/bin/python || $(PYTHON) -m venv .venv-metadrive
	.venv-metadrive/bin/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	.venv-metadrive/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-metadrive.lock
	.venv-metadrive/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

docs: .venv-docs/installed
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build --strict --quiet
	@echo "open build/site/index.html"

.venv-docs/installed: requirements.lock requirements-docs.lock pyproject.toml
	$(call beside,docs)

ui: setup
	@exec python -m flows.services

worker: setup
	@exec python -m flows.services trials

deploy: setup
	python -m flows.deploy

FREEZE := build/lock/bin/pip freeze --all --exclude murmuration --exclude pip

# what is pinned; of an extra alone: make lock-docs
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check ".[dev]" setuptools wheel
	$(FREEZE) | sed 's/+cpu$$//' > requirements.lock
	for extra in $(EXTRAS); do $(MAKE) --no-print-directory lock-$$extra || exit 1; done

# metadrive's pygame would lie upon our pygame-ce
lock-%:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check --constraint requirements.lock ".[$*]"
	$(FREEZE) $(if $(filter metadrive,$*),--exclude pygame) | sed 's/+cpu$$//' | grep -vxFf requirements.lock \
		> requirements-$*.lock
	rm -rf build/lock

clean:
	rm -rf .venv $(EXTRAS:%=.venv-%) build .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
