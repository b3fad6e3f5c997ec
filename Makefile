# repclip: `make demo` and `make test` do all of their own set-up. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Half as many processes again as there are cores, since many tests wait for something; each with a stretch of
# the tests, and who is done early takes over from the others.
SIDE_BY_SIDE := --numprocesses $(shell cores=$$(nproc); echo $$((cores + cores / 2))) --maxprocesses 8 --dist worksteal
# The tests start hundreds of programs, which are compiled once and not each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo install uninstall wheels deb test boot-test vm-test test-vm soak smooth screenshots mqtt-faults lint accuracy robustness benchmarks clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.ready-for-demo ## Show a set being counted on a web page; Ctrl-C ends it
	@$(BIN)/repclip demo

install: ## Put the station onto this Raspberry Pi and start it: sudo make install [WHEELS=dir] [BROKER=none]
	@WHEELS="$(WHEELS)" BROKER="$(BROKER)" systemd/install/install

uninstall: ## Take it away; settings and calibrations stay: sudo make uninstall [PURGE=1]
	@PURGE="$(PURGE)" systemd/install/uninstall

wheels: $(VENV)/.ready-for-demo ## Gather all Python packages in dist/wheels, for an installation without a network: [ARCH=arm64]
	@systemd/wheels dist/wheels $(or $(ARCH),arm64)

deb: $(VENV)/.ready-for-demo ## Build a package for many Pis, dist/repclip_*.deb, which holds them all: [ARCH=arm64]
	@systemd/deb/build $(or $(ARCH),arm64)

test: lint ## Run every check and every test, against a real broker and a real browser
	@.ci/system-packages
	@$(BIN)/pytest $(SIDE_BY_SIDE)

boot-test: $(VENV)/.ready-for-tests ## Install on Debian 12 and 13, boot, kill, hang, fill the card, cut the power (root; 20 minutes)
	@.ci/system-packages boot
	@PYTHONPATH=tests $(BIN)/python -m support.boot.rootfs
	@$(BIN)/pytest -m boot tests/boot

vm-test: $(VENV)/.ready-for-tests ## Run driver and station on a real /dev/i2c-N, in an emulated machine (root; ten minutes)
	@.ci/system-packages vm
	@PYTHONPATH=tests $(BIN)/python -m support.vm.image
	@PYTHONPATH=tests $(BIN)/python -m support.boot.rootfs
	@$(BIN)/pytest -m vm tests/vm

test-vm: vm-test

soak: $(VENV)/.ready-for-tests ## Run simulated hours: faults of the sensor, slips, warm-up (seven minutes)
	@$(BIN)/pytest -m soak tests

mqtt-faults: $(VENV)/.ready-for-tests ## Publish 10 000 events through every fault of brokers, wires and disks (ten minutes)
	@.ci/system-packages
	@$(BIN)/pytest -m faults tests/pi_service/publish
	@REPCLIP_FUZZES=10000 $(BIN)/pytest -o timeout=900 tests/pi_service/publish/test_publish_requests.py

smooth: $(VENV)/.ready-for-tests ## Measure the wall with fifty stations: frames, delay, CPU, memory (a minute)
	@.ci/system-packages
	@$(BIN)/pytest -m smooth tests/pi_service/dashboard

screenshots: $(VENV)/.ready-for-tests ## Take the pictures of the documentation again
	@.ci/system-packages
	@$(BIN)/python docs/make_screenshots.py

lint: $(VENV)/.ready-for-tests ## Run the checks that need no broker and no browser
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

accuracy: $(VENV)/.ready-for-demo ## Score the counting on labelled traces: make accuracy DATA=path/to/index.csv
	@test -n "$(DATA)" || { echo "Say which index to score: make accuracy DATA=path/to/index.csv" >&2; exit 2; }
	@$(BIN)/repclip evaluate "$(DATA)" --jobs "$$(nproc)"

robustness: $(VENV)/.ready-for-demo ## Count them disturbed as well: make robustness DATA=path/to/index.csv
	@test -n "$(DATA)" || { echo "Say which index to count: make robustness DATA=path/to/index.csv" >&2; exit 2; }
	@$(BIN)/repclip evaluate "$(DATA)" --jobs "$$(nproc)" --disturb all

benchmarks: $(VENV)/.ready-for-benchmarks ## Compare bus use, CPU time, calibration and counting with other packages
	@$(BIN)/python -m benchmarks.bus_use
	@$(BIN)/python -m benchmarks.acquisition_cpu
	@$(BIN)/python -m benchmarks.calibration_accuracy
	@$(BIN)/python -m benchmarks.pipeline_speed
	@$(BIN)/python -m benchmarks.publish_latency
	@$(BIN)/python -m benchmarks.service_use

clean: ## Remove the virtual environment and everything else that can be made again
	@rm -rf $(VENV) .vm dist out .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find firmware calibration pi_service tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is as new as pyproject.toml, so that the packages are installed once and again when it changes.
$(VENV)/.ready-for-demo: pyproject.toml
	@PYTHON="$(PYTHON)" .ci/python-env $(VENV) dashboard
	@touch $@

$(VENV)/.ready-for-tests: pyproject.toml
	@PYTHON="$(PYTHON)" .ci/python-env $(VENV) test
	@touch $@ $(VENV)/.ready-for-demo

$(VENV)/.ready-for-benchmarks: pyproject.toml
	@PYTHON="$(PYTHON)" .ci/python-env $(VENV) bench
	@touch $@
