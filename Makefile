# `make run` and `make test` do all of their own set-up. See CONTRIBUTING.md for the other targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := deploy/requirements
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint captures compare bench bench-live soak container fuzz asan wheel accuracy lock clean kills

$(VENV)/.runtime: $(LOCK)/build.txt $(LOCK)/runtime.txt pyproject.toml setup.py sensor/wire/kernel.py sensor/wire/folding.py sensor/wire/pressure.py sensor/wire/records.py sensor/wire/ring.py sensor/wire/ring.pxd
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r $(LOCK)/build.txt
	$(PIP) --require-hashes -r $(LOCK)/runtime.txt
	$(PIP) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q sensor parsers
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime $(LOCK)/dev.txt
	$(PIP) --require-hashes -r $(LOCK)/dev.txt
	@touch $@

run: $(VENV)/.runtime
	$(BIN)/sensor read pcaps
	$(BIN)/sensor devices
	@echo
	@echo "Next: $(BIN)/sensor devices why ID      why a device is believed to be what it is"
	@echo "      $(BIN)/sensor findings            what a security officer should look at"
	@echo "      $(BIN)/sensor read YOUR.pcap      your own captures (files, folders, - for standard input)"

# What the tests need of the system: tshark for a second opinion, ip and sysctl for a network namespace of their own, a
# PostgreSQL server that they start and stop themselves, libpcap for filters and tcpdump to record beside the sensor.
DEBIAN := tshark iproute2 procps postgresql tcpdump libpcap0.8 systemd
test: $(VENV)/.dev
	@sh deploy/test-programs.sh $(DEBIAN)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

# What tshark shows and the sensor does not, and the other way round, over pcaps/ and the folder AUSCULT_CAPTURES.
compare: $(VENV)/.dev
	$(BIN)/python -m tests.differential.compare

# Makes the sample captures anew, with real programs in network namespaces (root; each script says which programs).
captures: $(VENV)/.dev
	cd pcaps/make && for script in addressing dicom interfaces printer stack tls web mini_hospital rotated; do ../../$(BIN)/python $$script.py || exit; done

# Writes the locked, hashed sets of versions from pyproject.toml.
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(VENV)/.dev
	$(PIP) uv
	printf 'setuptools>=77\ncython>=3.1\nwheel\n' | $(COMPILE) - -o $(LOCK)/build.txt
	$(COMPILE) --extra export --extra push pyproject.toml -o $(LOCK)/runtime.txt
	$(COMPILE) --extra dev pyproject.toml -o $(LOCK)/dev.txt

clean:
	rm -rf $(VENV) build *.egg-info sensor/wire/*.so inventory.db*

# Reads generated captures beside tcpdump, tshark and ndpiReader, and writes the figures into docs/performance.md; the
# tools take 7 GB of memory. See tests/bench/bench.py.
bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench.bench --rounds 1 --write docs/performance.md imaging:2000 ward:2000 storm:200
	$(BIN)/python -m tests.bench.devices --write docs/performance.md
	$(BIN)/python -m tests.bench.store --write docs/database.md

# Makes up a hospital, reads it, compares the inventory with the truth, and writes docs/accuracy.md.
DEVICES ?= 2000
accuracy: $(VENV)/.dev
	$(BIN)/python -m tests.accuracy.accuracy --write --devices $(DEVICES) $(if $(SEED),--seed $(SEED))

# What a listening sensor takes from a paced sender, in a network namespace (root); see tests/live/bench.py.
bench-live: $(VENV)/.runtime
	$(BIN)/python -m tests.live.bench

# Half an hour of listening to a looped replay, then killed twenty times (root); see tests/live/soak.py.
SOAK_MINUTES := 30
SOAK_KILLS := 20
soak: $(VENV)/.runtime
	$(BIN)/python -m tests.live.soak --minutes $(SOAK_MINUTES) --kills $(SOAK_KILLS)

# The steps of the Containerfile in a Debian tree (root, mmdebstrap).
container: $(VENV)/.runtime
	sh deploy/try-container.sh

# Mutated frames through the compiled kernel: 20 million of them, or FUZZ_SECONDS.
FUZZ_FRAMES := 20000000
FUZZ_SECONDS := 1800
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.sensor.wire.fuzz --frames $(FUZZ_FRAMES) --seconds $(FUZZ_SECONDS)

# The same with the kernel built under the address and undefined behaviour sanitizers, in build/asan.
ASAN_FRAMES := 2000000
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g
SANITIZERS = $(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so)
asan: $(VENV)/.dev
	CFLAGS="$(SANITIZE)" LDFLAGS="-fsanitize=address,undefined" $(BIN)/python setup.py --quiet build --build-base build/asan-made --build-lib build/asan
	LD_PRELOAD="$(SANITIZERS)" ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc PYTHONPATH=build/asan:. \
	  $(BIN)/python -P -m tests.sensor.wire.fuzz --frames $(ASAN_FRAMES) --seconds $(FUZZ_SECONDS)

# The release: one wheel for CPython 3.11 and later, which must hold the compiled modules.
wheel: $(VENV)/.dev
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(BIN)/python -m pytest -q tests/contracts/test_packaging.py -k wheel
	@ls dist/auscult-*-cp311-abi3-*.whl

# Kills who reads, who lists and the server two hundred times each, on SQLite and on PostgreSQL; afterwards the inventory
# is that of an undisturbed read.
kills: $(VENV)/.dev
	$(BIN)/python -m tests.pipeline.kills
