# Every target does all the set-up it needs. `make help` lists them.
#   make report COMPANY=online_retail MONTH=2011-06 PARAMETERS=mine.yaml OUT=reports
#   make report COMPANY=online_retail FROM=2010-12 TO=2011-11

VENV ?= .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed
ENGINES = $(VENV)/.engines
NOTEBOOKS = $(wildcard notebooks/*.ipynb)

# One thread for linear algebra: these problems are small, and two threads made them four times slower.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS = 1
export VECLIB_MAXIMUM_THREADS = 1
export MPLBACKEND = Agg

# The first Python that is new enough; give another with `make PYTHON=...`.
ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c '$(ENOUGH)' >/dev/null 2>&1 && { echo $$name; break; }; done)
endif

# Packages to compare with; each has its requirements in tests/peers.
PEERS = lifetimes pymc_marketing

# Tests run in so many processes, each with the files of its own and on one thread of the engine: more would only get in
# each other's way. tests/test_as_at.py holds figures made on one thread against those made on two.
WORKERS ?= 2
test: export CUSTLIB_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help report test engines kills coverage worlds peers lab notebooks lint format sample lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

report: $(INSTALLED) ## Write a month's pages, or many months': COMPANY=sample MONTH=latest (or FROM=2025-01 TO=latest) OUT=reports
	@$(BIN)/custlib report $(if $(COMPANY),--company "$(COMPANY)") $(if $(MONTH),--month "$(MONTH)") \
		$(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") $(if $(AGAIN),--again) \
		$(if $(PARAMETERS),--parameters "$(PARAMETERS)") $(if $(COMMENTARY),--commentary "$(COMMENTARY)") \
		$(if $(OUT),--out "$(OUT)")

test: $(INSTALLED) ## Run the tests, and the notebooks against their committed outputs: ARGS="-k periods"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long" $(if $(NOTEBOOKS),--nbval --nbval-current-env) tests $(NOTEBOOKS) $(ARGS)

engines: $(ENGINES) ## Add Spark to the environment, for connections to it and for its tests: 430 MB to fetch, and it needs Java 17

kills: $(INSTALLED) ## Kill the report a hundred times and see that no month is ever half published (an hour): KILLS=100
	@$(BIN)/python -m tests.batch.kills --kills $(if $(KILLS),$(KILLS),100)

coverage: $(INSTALLED) ## Simulate bases and count how many intervals of lifetime value, concentration and loss hold the truth (some minutes)
	@$(BIN)/python -m tests.measure.clv.coverage
	@$(BIN)/python -m tests.measure.coverage

worlds: $(INSTALLED) ## Draw the sample bank in other worlds, some of them at 100,000 customers, and look whether the pages find them (half an hour)
	@$(BIN)/python -m pytest -m long tests

peers: $(INSTALLED) $(PEERS:%=.venv-peers/%/.installed) ## Fit public data with other packages, in environments of their own, and compare (some minutes)
	@$(BIN)/python -m tests.peers.compare
	@$(BIN)/python -m pytest -m "not peers" tests/peers

.venv-peers/%/.installed: tests/peers/%.txt
	@echo "Installing $* into .venv-peers/$*: a minute or two, once."
	@rm -rf .venv-peers/$* && $(PYTHON) -m venv .venv-peers/$*
	@.venv-peers/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

lab: $(INSTALLED) ## Open copies of the notebooks in JupyterLab, or of one: NOTEBOOK=90 COMPANY=sample MONTH=latest
	@$(BIN)/custlib explore $(if $(NOTEBOOK),"$(NOTEBOOK)") $(if $(COMPANY),--company "$(COMPANY)") \
		$(if $(MONTH),--month "$(MONTH)") $(if $(PARAMETERS),--parameters "$(PARAMETERS)")

notebooks: $(INSTALLED) ## Run the notebooks on the sample and write their outputs back; the diff is the review
	@$(BIN)/python -m custlib.batch.refresh notebooks

lint: $(INSTALLED) ## Check style, layers and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

format: $(INSTALLED) ## Put the code in its one shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

sample: $(INSTALLED) ## Write the sample company's tables anew
	@$(BIN)/custlib sample

lock: ## Choose the newest versions that pyproject.toml allows and write requirements.lock
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv
	@echo "# Every package at one version, for Linux and macOS, Python 3.11 and later." \
		"Made by 'make lock'; do not edit." > requirements.new
	@.venv-lock/bin/uv pip compile --quiet --upgrade --universal --fork-strategy fewest \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--extra excel --extra postgres --extra dev pyproject.toml >> requirements.new
	@echo "# What Spark needs beside requirements.lock. Made by 'make lock'; do not edit." > requirements-spark.new
	@.venv-lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --constraint requirements.new \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--extra excel --extra postgres --extra spark --extra dev pyproject.toml \
		| grep -vxFf requirements.new >> requirements-spark.new
	@mv requirements.new requirements.lock && mv requirements-spark.new requirements-spark.lock && rm -rf .venv-lock
	@echo "requirements.lock and requirements-spark.lock are new: run 'make notebooks' and 'make test', and note the change in CHANGELOG.md"

clean: ## Remove the environment and the tools' caches; published reports stay
	rm -rf $(VENV) .venv-lock .venv-peers .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis custlib.egg-info
	find custlib tests notebooks -name __pycache__ -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found; install it, or run: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c '$(ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing; on Debian, Ubuntu and WSL: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Installing the locked packages into $(VENV): about 1.1 GB, a minute or two, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Without what it asks for: that is in requirements.lock, and stays as it is there.
$(ENGINES): requirements-spark.lock $(INSTALLED)
	@echo "Adding Spark to $(VENV): 430 MB to fetch, two or three minutes, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-spark.lock
	@touch $@
