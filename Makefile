# Backstride. `make run` sets up what is missing, trains, serves; `make test` runs every check.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv/bin
export PORT ?= 5005
# Some machines forbid Python to keep what it compiled; each start would then be half a second longer.
unexport PYTHONDONTWRITEBYTECODE

# Whole files of tests, shared out among a process a core; each takes up to 2.5 GB.
SHARED_OUT := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help setup train pictures serve run studio check test lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.ready .cache/pictures/.drawn ## set up and train what is missing, serve, print the page's address (PORT=5005)
	@$(VENV)/backstride train --keep-chosen
	@$(VENV)/backstride serve

setup: .venv/.ready ## install the locked packages into .venv

.venv/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh

train: .venv/.ready .cache/pictures/.drawn ## train a model if the newest one is older than its inputs
	@$(VENV)/backstride train

pictures: .cache/pictures/.drawn ## draw the exercise pictures for messaging apps

.cache/pictures/.drawn: .venv/.ready $(wildcard knowledge/images/*.svg)
	@$(VENV)/backstride pictures
	@touch $@

serve: .venv/.ready ## serve the newest model (PORT=5005)
	@$(VENV)/backstride serve

studio: .venv/.ready ## open the trainers' studio (STUDIO_PORT=5006)
	@$(VENV)/backstride studio

check: .venv/.ready ## check the knowledge files, the code's style and types
	$(VENV)/backstride check
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy

test: check train ## everything that CI runs
	@scripts/browser.sh
	npm run --silent types
	$(VENV)/rasa data validate --max-history 6 --fail-on-warnings --quiet
	$(VENV)/python -m pytest $(SHARED_OUT) --hypothesis-profile=ci --cov --cov-report=term:skip-covered
	$(VENV)/rasa test core --stories tests/stories --model models/backstride.tar.gz --fail-on-prediction-errors --no-plot --out results/stories --quiet

lock: ## write requirements.lock anew from pyproject.toml
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock

clean: ## remove what was built
	rm -rf .venv .tools models .rasa .cache results node_modules
