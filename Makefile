# `make` alone says what there is.
PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
RUN = $(VENV)/bin/python -m
.DEFAULT_GOAL := help
# The tests start the command many times: without kept bytecode each start compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: dist bundle binary help venv lock newest check test test-all attack attack-without-servers fuzz mutants docs golden site picture oracle bench

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Servers are waited for more than they work, so real tests run in two lanes.
LANES = -n 2 --dist loadfile --no-loadscope-reorder

INSTALL = $(RUN) pip install --quiet --disable-pip-version-check

$(VENV)/.installed: requirements/develop.txt setup.cfg pyproject.toml
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) --requirement requirements/develop.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

venv: $(VENV)/.installed  ## Make .venv (or use the active one) with everything a developer needs

lock:  ## Lock the newest versions that setup.cfg allows, with hashes, in requirements/
	$(PYTHON) .ci/lock

newest:  ## The quick tests with the newest versions that setup.cfg allows, locked or not
	.ci/newest

check: venv  ## Lint, format, types, layers
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(VENV)/bin/lint-imports

test: venv  ## The quick tests: no servers, no large loads, few processes; about a minute on 2 cores
	$(RUN) pytest -m "not real and not attack and not slow" -n auto --dist loadfile

test-all: check  ## Everything, with real servers where this machine has them
	failed=0; \
	$(RUN) pytest -m "not real and not attack" -n auto --dist loadfile || failed=$$?; \
	$(MAKE) attack-without-servers || failed=$$?; \
	$(RUN) pytest -m "real and not alone" $(LANES) --durations=15 || failed=$$?; \
	$(RUN) pytest -m "real and alone" || failed=$$?; \
	exit $$failed

mutants: venv  ## Put small faults into the deciding modules, and count those that a test sees (30 minutes)
	$(RUN) tests.mutants

docs: venv  ## Regenerate docs/rules.md, the schemas, deploy/clusterrole.yaml, the list of packages
	$(VENV)/bin/python docs/generate.py

golden: venv  ## Rewrite the expected reports of tests/ and reports/samples/; review the diff
	$(VENV)/bin/python -c "from tests.output import golden, samples; golden.refresh(); samples.refresh()"

site: venv  ## Build the documentation as a website, in dist/site
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --quiet --site-dir dist/site

.venv-release/.installed: requirements/release.txt
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements/release.txt
	.venv-release/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

dist: .venv-release/.installed  ## What is released, in dist/: wheel, source, bundle, binary, man pages, SBOM, sums
	.venv-release/bin/python packaging/release.py

bundle binary: .venv-release/.installed  ## A tar to install from without a network; one executable with its Python
	.venv-release/bin/python packaging/release.py $@

picture: venv  ## Take the picture of the README anew, in a real browser; look at it
	$(VENV)/bin/python -m tests.real.picture

attack: attack-without-servers  ## What a hostile or broken world may do, also to real servers
	$(RUN) pytest -p tests.attack.table -m "attack and real" --durations=5

attack-without-servers: venv  ## Its part for CI, under 3 minutes on 2 cores
	$(RUN) pytest -p tests.attack.table -m "attack and not real" -n auto --dist worksteal --durations=5

fuzz: venv  ## 100,000 made-up inputs, in an hour or two
	$(VENV)/bin/python -m tests.attack.fuzz 100000

oracle: venv  ## 300 docker run lines: what the container saw against the pod on a real cluster (20 minutes)
	ADVISOR_ORACLE_LINES=300 $(RUN) pytest -q -s tests/real/cluster/test_container_oracle.py

bench: venv  ## Measure against the peers, side by side
	$(VENV)/bin/python bench/audit_cluster.py
	$(VENV)/bin/python bench/audit_cluster.py diverse
	$(VENV)/bin/python bench/judge_hosts.py
	$(VENV)/bin/python bench/report.py
	$(VENV)/bin/python bench/fleet.py
	$(VENV)/bin/python bench/check_manifests.py
	$(VENV)/bin/python bench/check_manifests.py --one
	$(VENV)/bin/python bench/serve.py
	$(VENV)/bin/python bench/hosts.py
