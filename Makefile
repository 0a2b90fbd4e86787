# The one door to this project, for people and for CI. `make help` lists what there is.
# Every target sets up what it needs, in .venv, and again only when pyproject.toml has changed.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?=
SERVE ?= 1
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
OLDEST := build/oldest
PYTEST := -m pytest -n auto --dist worksteal

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make demo SERVE=0         build the demo's site and say where it is"
	@echo "  make test ARGS='-k seal'  hand words on to pytest"
	@echo "  make PYTHON=python3.12 …  choose the interpreter (3.11 or newer) that .venv is made with"

# -- for users ---------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.has-site ## Make a small paper in build/demo, run it, build its site and serve it
	@rm -rf build/demo
	@$(BIN)/publisher demo build/demo $(if $(filter 0 no,$(SERVE)),--no-serve)

.PHONY: test
test: $(VENV)/.has-test ## Run the tests
	@$(PY) $(PYTEST) $(ARGS)

# -- for developers ----------------------------------------------------------------------------------------

.PHONY: check
check: $(VENV)/.has-test $(VENV)/.has-check ## Check form, types, spelling, workflows and the floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PY) -m pytest -q -n 0 tests/test_architecture.py
	$(BIN)/typos
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml
	$(BIN)/zizmor --offline --no-progress --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/actionlint

.PHONY: docs
docs: $(VENV)/.has-site ## Build the project's own site into site/, strictly
	$(BIN)/publisher build --strict

.PHONY: bench
bench: $(VENV)/.has-test ## Measure what publisher costs (ratios, taken in one run)
	$(PY) -m benchmarks $(ARGS)

# (A browser without windows is a third faster, but not every Debian has one. libatomic is what Playwright's own
# program lacks on a small Debian.)
.PHONY: system-tools
system-tools: ## Install the system's programs that the tests use (Debian and Ubuntu)
	@missing=; \
	command -v git >/dev/null 2>&1 || missing="$$missing git"; \
	browser=; \
	for each in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable microsoft-edge; do \
	  if command -v "$$each" >/dev/null 2>&1; then browser=$$each; fi; \
	done; \
	for each in "Google Chrome" Chromium "Microsoft Edge"; do \
	  if [ -x "/Applications/$$each.app/Contents/MacOS/$$each" ]; then browser=$$each; fi; \
	done; \
	[ -n "$$browser" ] || missing="$$missing chromium"; \
	debian=; if command -v apt-get >/dev/null 2>&1; then debian=yes; fi; \
	[ -z "$$debian" ] || python3 -c 'import ensurepip' >/dev/null 2>&1 || missing="$$missing python3-venv"; \
	[ -z "$$debian" ] || dpkg -s libatomic1 >/dev/null 2>&1 || missing="$$missing libatomic1"; \
	for each in git-lfs git-annex gcc gfortran Rscript:r-base-core mpicc:libopenmpi-dev mpirun:openmpi-bin; do \
	  command -v "$${each%%:*}" >/dev/null 2>&1 || missing="$$missing $${each##*:}"; \
	done; \
	[ -z "$$debian" ] || dpkg -s libc6-dev >/dev/null 2>&1 || missing="$$missing libc6-dev"; \
	if [ -z "$$missing" ]; then \
	  echo "the programs that the tests use are all there"; \
	elif [ -n "$$debian" ]; then \
	  as=; [ "$$(id -u)" = 0 ] || as=sudo; \
	  if [ -n "$$as" ] && ! command -v sudo >/dev/null 2>&1; then \
	    echo "this needs root: ask for these packages to be installed:$$missing" >&2; exit 1; \
	  fi; \
	  $$as apt-get -q update && \
	  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then \
	    missing=$$(echo "$$missing" | sed 's/chromium/&-headless-shell/'); \
	  fi && \
	  echo "installing$$missing" && \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $$missing; \
	else \
	  { \
	  echo "missing:$$missing. This target knows Debian and Ubuntu only. Elsewhere:"; \
	  echo "  macOS    brew install git git-lfs git-annex gcc r open-mpi && brew install --cask google-chrome"; \
	  echo "  Windows  winget install Git.Git GitHub.GitLFS Google.Chrome"; \
	  echo "  Fedora   sudo dnf install git git-lfs git-annex chromium gcc gcc-gfortran R-core openmpi-devel"; \
	  echo "A browser in another place is named by PUBLISHER_CHROMIUM=/path/to/browser."; \
	  } >&2; \
	  exit 1; \
	fi

.PHONY: wheel
wheel: $(VENV)/.has-test ## Build the wheel into dist/
	$(PY) -m build --no-isolation --wheel --outdir dist .

.PHONY: rebuild
rebuild: $(VENV)/.has-test ## Build the wheel from the checkout and from the sdist: the bytes must agree
	@rm -rf build/rebuild
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 1767225600); \
	export SOURCE_DATE_EPOCH; \
	$(PY) -m build --no-isolation --wheel --outdir build/rebuild/checkout . >/dev/null && \
	$(PY) -m build --no-isolation --outdir build/rebuild/sdist . >/dev/null && \
	cmp build/rebuild/checkout/*.whl build/rebuild/sdist/*.whl
	@$(PY) -c 'import hashlib, pathlib, sys; [print(hashlib.sha256(pathlib.Path(each).read_bytes()).hexdigest(), "", each) for each in sys.argv[1:]]' build/rebuild/*/*.whl

.PHONY: oldest
oldest: $(VENV)/.has-test ## Run the tests with the lowest versions that pyproject.toml allows
	$(PIP) 'uv>=0.5'
	$(PY) -m venv --clear $(OLDEST)
	$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python --resolution lowest-direct -e '.[test]'
	$(OLDEST)/bin/python $(PYTEST) $(ARGS)

.PHONY: clean
clean: ## Remove what was built; .venv and the records stay
	rm -rf build dist site .publisher .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find publisher tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# -- setting up --------------------------------------------------------------------------------------------

# A new pip is had first, because it is twice as fast as the one that old Pythons carry. Modules are not compiled
# here: compiling all of them takes longer than compiling, at their first import, the few that are used.
$(VENV)/.has-%: pyproject.toml | $(PY)
	@echo "setting up $(VENV) for: $*"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PIP) 'pip>=25.1'
	@$(PIP) -e '.[$*]'
	@touch $@

$(PY):
	@without=; \
	for each in $(PYTHONS); do \
	  "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if "$$each" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$("$$each" --version)"; \
	    exec "$$each" -m venv --clear $(VENV); \
	  fi; \
	  without=$$each; \
	done; \
	if [ -n "$$without" ]; then \
	  echo "$$without is new enough, but cannot make virtual environments: its venv module is not whole."; \
	  echo "On Debian and Ubuntu: sudo apt-get install python3-venv"; \
	else \
	  echo "This needs Python 3.11 or newer, and none was found (looked for: $(PYTHONS))."; \
	  echo "Install one, from your system or from https://www.python.org/downloads/,"; \
	  echo "or name one: make PYTHON=/path/to/python3 …"; \
	fi >&2; \
	exit 1
