# `make demo` and `make test` need Python >= 3.11 and make, nothing else: the first run builds .venv from the
# hash-locked lists in requirements/, later runs reuse it until those lists change.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python

# What the checks need of the settings: well-formed values, no database behind them.
NO_DB  := env DATABASE_URL=postgresql://app@127.0.0.1:1/none DATABASE_OWNER_URL=postgresql://owner@127.0.0.1:1/none \
          QUALIFORMA_SMTP_URL=smtp://127.0.0.1 QUALIFORMA_SECRET_KEY=for-the-checks-only-0123456789-abcdefghijklmnopqrstuvwxyz

# Compiled modules are kept: each of the checks and of the tests' processes would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test coverage test-fast test-long bench mutation check format lock messages docs sbom clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## */	/' | expand -t 16

demo: $(VENV)/.base  ## PostgreSQL, demo tenants and web server on this machine; Ctrl-C stops all
	@exec $(RUN) -m qualiforma.server.demo

test: $(VENV)/.dev   ## the test suite, on a throw-away PostgreSQL per process
	@$(RUN) -m pytest -m "not long" -n auto --dist worksteal $(ARGS)

coverage: $(VENV)/.dev  ## the test suite, and which lines of the code it ran; fails below the share in pyproject.toml
	@$(RUN) -m pytest -m "not long" -n auto --dist worksteal --cov --cov-report=term $(ARGS)

test-fast: $(VENV)/.dev  ## the test suite without servers, workers, browsers and commands as processes
	@$(RUN) -m pytest -m "not long and not process" -n auto --dist worksteal $(ARGS)

test-long: $(VENV)/.dev  ## everything, the slow suites included
	@$(RUN) -m pytest $(ARGS)

bench: $(VENV)/.dev  ## the measurements' names; make bench BENCH=jobs_load runs one
	@$(if $(BENCH),$(RUN) -m tests.bench.$(BENCH) $(ARGS),grep -l "^def main" tests/bench/*.py | sed 's|.*/||; s|\.py$$||')

# Rules first, with the table of routes; then who is let in. ARGS="--every 5" tries each fifth.
mutation: $(VENV)/.dev  ## faults put into rules and guards one by one: which does no test find?
	@$(RUN) -m pytest -q -p no:randomly -p tests.mutation.plugin -m "not long" --show-capture=no --only "states|policies|querysets" $(ARGS) \
	  tests/improvements tests/actionplans tests/compliance tests/qualiforma/training tests/test_routes.py --deselect tests/actionplans/test_export_worker.py \
	  -k "not another_tenant and not no_tenant_no_answer and not import_ and not exchange"
	@$(RUN) -m pytest -q -p no:randomly -p tests.mutation.plugin -m "not long" --show-capture=no --only "auth|tokens|sessionids|services|conditions|links|tenants/" $(ARGS) \
	  tests/qualiforma/accounts tests/qualiforma/test_tenancy.py tests/qualiforma/test_hostile.py tests/test_idempotency.py tests/test_conditions.py \
	  tests/qualiforma/admin/test_login_pages.py tests/qualiforma/test_headers.py tests/qualiforma/tenants/test_domains.py \
	  tests/actionplans/test_exports.py tests/improvements/test_attachments.py tests/compliance/test_needs.py \
	  tests/compliance/test_needs_list.py tests/qualiforma/audit/test_logins.py

check: $(VENV)/.dev  ## format, lint, import contracts, types, migrations, deployment settings, sizes
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(NO_DB) $(BIN)/mypy .
	@$(NO_DB) $(RUN) manage.py makemigrations --check --dry-run
	@$(NO_DB) $(RUN) manage.py check --deploy --fail-level WARNING
	@$(RUN) -m pytest -q tests/test_sizes.py tests/test_locked_lists.py

format: $(VENV)/.dev  ## rewrite the code as `make check` wants it
	@git ls-files -z '*.py' | xargs -0 $(BIN)/django-upgrade --target-version 5.2 --exit-zero-even-if-changed
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

messages: $(VENV)/.dev  ## collect translatable texts, then compile the catalogues
	@PYTHONPATH=. $(BIN)/pybabel -q extract -F requirements/babel.cfg -k gettext_lazy -k _lazy -k gettext -k ngettext:1,2 -k pgettext:1c,2 --no-location --sort-output -o locale/django.pot .
	@$(BIN)/pybabel -q update -i locale/django.pot -d locale -D django -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(RUN) locale/french_plurals.py
	@$(BIN)/pybabel -q compile -d locale -D django

# uv writes no index address and no path into the lists; both hold the versions and hashes for every platform.
lock: $(VENV)/.dev   ## renew the lists of hashes: requirements/*.txt, tests/contract/requirements.txt
	@$(RUN) -m pip -q install uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q $(LOCK_ARGS) -o requirements/base.txt
	@$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements/base.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q $(LOCK_ARGS) -o requirements/dev.txt
	@$(BIN)/uv pip compile tests/contract/requirements.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q $(LOCK_ARGS) -o tests/contract/requirements.txt
	@$(BIN)/uv pip compile requirements/docs.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q $(LOCK_ARGS) -o requirements/docs.txt
	@$(BIN)/uv pip compile requirements/sbom.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q $(LOCK_ARGS) -o requirements/sbom.txt

# Its tool has an environment of its own: what it needs is none of the project's.
sbom:            ## software bill of materials (CycloneDX JSON) of what runs, in sbom.json; SBOM=FILE for another name
	@$(MAKE) -s VENV=$(VENV)-sbom $(VENV)-sbom/.sbom
	@$(VENV)-sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o $(or $(SBOM),sbom.json) requirements/base.txt

docs:            ## the documentation as a site, in site/; a link that leads nowhere fails
	@$(MAKE) -s VENV=$(VENV)-docs $(VENV)-docs/.docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs -q build

clean:           ## remove the virtual environment, caches and kept test clusters; the demo's data stays
	rm -rf $(VENV) $(VENV)-sbom $(VENV)-docs site .qualiforma/test-clusters .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "qualiforma: Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Each list is complete, so nothing is resolved: with --no-deps pip takes what is pinned and nothing else,
# whatever its age, and `pip check` says whether the list lacks something.
install = @$(RUN) -m pip -q --disable-pip-version-check install --no-deps --require-hashes -r $(1) && \
          $(RUN) -m pip --disable-pip-version-check check >&2

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV) ..." >&2
	$(call install,requirements/base.txt)
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing the locked packages and the test tools into $(VENV) ..." >&2
	$(call install,requirements/dev.txt)
	@touch $(VENV)/.base $@

$(VENV)/.docs: requirements/docs.txt | $(VENV)/bin/python
	$(call install,requirements/docs.txt)
	@touch $@

$(VENV)/.sbom: requirements/sbom.txt | $(VENV)/bin/python
	$(call install,requirements/sbom.txt)
	@touch $@

# An environment of its own: the client generator's pins are none of the project's.
$(VENV)/.contract: tests/contract/requirements.txt | $(VENV)/bin/python
	$(call install,tests/contract/requirements.txt)
	@touch $@
