# `make run` and `make test` do all of their own set-up. See CONTRIBUTING.md for the other targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := deploy/requirements
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint captures bench lock clean

$(VENV)/.runtime: $(LOCK)/build.txt $(LOCK)/runtime.txt pyproject.toml setup.py sensor/wire/kernel.py sensor/wire/records.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r $(LOCK)/build.txt
	$(PIP) --require-hashes -r $(LOCK)/runtime.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime $(LOCK)/dev.txt
	$(PIP) --require-hashes -r $(LOCK)/dev.txt
	@touch $@
