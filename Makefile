# What there is to do: make help.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
# What a learner needs is a part of it, and quicker installed.
LEARNERS := $(if $(wildcard $(VENV)/installed),$(INSTALLED),$(VENV)/learners)
# PIP_QUIET= (nothing) shows what pip does.
PIP_QUIET ?= $(if $(CI),-qq,-q)
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo lab author build check test test-browser test-gpu lessons mutants bench bench-data bench-hostile clean

help:  ## list what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## install everything into .venv, and bubblewrap (the grader's walls) where this user may
	@command -v bwrap >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing bubblewrap."; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y bubblewrap; } >/dev/null \
	    || echo "That did not work: grading needs bubblewrap; install it by hand."; \
	else \
	  echo "Grading other people's notebooks needs bubblewrap: sudo apt-get install bubblewrap (Debian, Ubuntu)"; \
	  echo "or sudo dnf install bubblewrap (Fedora). Everything else works without it."; \
	fi

$(INSTALLED): PACKAGES := -e lib -e 'autograder[dev]'
$(VENV)/learners: PACKAGES := -e 'lib[lab]'
$(INSTALLED): autograder/pyproject.toml
$(INSTALLED) $(VENV)/learners: constraints.txt lib/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "The course needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing packages into $(VENV): a few minutes, once."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install $(PIP_QUIET) --disable-pip-version-check \
	  -c constraints.txt $(PACKAGES)
	@touch $@

demo: setup  ## grade a sample class and print its table: the whole loop, without a browser
	autograder demo

lab: $(LEARNERS)  ## do the lessons in JupyterLab, in a copy of your own: work/
	cnnkit lab --release course/release $(ROOT) work $(ARGS)

author: setup  ## edit a lesson's source in JupyterLab: make author LESSON=convolution_step_by_step
	@test -n "$(LESSON)" || { echo "Which lesson? make author LESSON=convolution_step_by_step"; exit 2; }
	autograder author $(LESSON)

build: setup  ## build the students' notebooks (course/release) from the lessons' sources
	autograder build

check: setup  ## lint, types, and whether course/release is what the sources say
	ruff check .
	ruff format --check .
	mypy lib/cnnkit autograder/autograder
	autograder build --check

test: setup  ## every test but the browser's: make test ARGS="-k zero_pad"
	python -m pytest -n auto --dist worksteal -m "not browser and not gpu" $(ARGS)

test-browser: setup  ## the tests that drive Chromium (which must be installed)
	python -m pytest -m browser $(ARGS)

test-gpu: setup  ## on CUDA what make test runs on a pretended GPU (skipped where there is none)
	python -m pytest -m gpu $(ARGS)

lessons: setup  ## run lessons whole on one core, with time and memory: make lessons LESSON=...
	autograder lessons $(LESSON)

mutants: setup  ## change the solutions mechanically and report what the tests let through
	python -m autograder.mutants $(LESSON)

bench: setup  ## time our grading against plain nbgrader's on a class of 200, and a class of 10,000 (half an hour): make bench N=40 ARGS=grading
	python tests/bench/run.py $(if $(N),--number $(N)) $(ARGS)

bench-data: setup  ## what small networks learn on one core, and what worker processes save
	taskset -c 0 python tests/bench/digits.py
	taskset -c 0 python tests/bench/portraits.py
	taskset -c 0 python tests/bench/volumes_and_beats.py
	python tests/bench/loading.py

bench-hostile: setup  ## plain nbgrader and ours on each hostile submission: docs/hostile.md (half an hour; minutes with ARGS=--ours)
	python -W ignore tests/hostile/run_bench.py $(ARGS)

clean:  ## remove what was built and cached (not .venv, your work/ or the course's secret)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
