# The commands of a person at work on kaskad. Each installs what it needs (Debian 12; apt and pip).
#   make            the command, build/release/kaskad
#   make deb        a Debian package, build/release/kaskad_VERSION_ARCHITECTURE.deb
#   make demo       a marketplace: log -> models -> figures -> served; LOG=path takes your own log
#   make test       everything CI checks: format, lint, both sanitizers, short fuzzing, all tests
#   make wheel      the Python package, dist/kaskad-*.whl
#   make format     clang-format over the sources        make lint    clang-tidy
#   make asan, make tsan                                 tests under the sanitizers
#   make fuzz       every fuzz target for FUZZ_SECONDS   make clean
#   make bench-help how the figures of bench/RESULTS.md are measured

SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
LOG ?=
# OFF leaves training, and with it libtorch, out of `make` and `make demo`, which then tries the
# matrices alone, as it does for a log of your own.
TRAIN ?= ON
# The files of a folder compiled together; OFF suits changing one file and compiling again.
UNITY ?= ON
WHEELS = $(if $(filter ON,$(TRAIN)),--train)

# Targets of one `make test` run one after the other, each with all cores.
.NOTPARALLEL:
.PHONY: all wheel deb install install-dev install-spark demo test release-test format format-check \
  lint asan tsan fuzz bench-help clean

all: install
	@cmake --preset release -DKASKAD_TESTS=OFF -DKASKAD_TRAIN=$(TRAIN) -DCMAKE_UNITY_BUILD=$(UNITY)
	@cmake --build build/release -j $(JOBS) --target kaskad $(if $(filter ON,$(TRAIN)),kaskad-train)

install:
	@scripts/install_packages.sh
	@scripts/fetch_wheels.sh $(WHEELS)

install-dev:
	@scripts/install_packages.sh --dev
	@scripts/fetch_promtool.sh
	@scripts/fetch_triton_client.sh
	@scripts/fetch_python.sh
	@scripts/fetch_wheels.sh --train

wheel: install
	@KASKAD_TRAIN=$(TRAIN) scripts/build_wheel.sh

# What the jobs of spark/ and their test need: Java, and Spark from PyPI.
install-spark:
	@scripts/install_packages.sh --spark
	@scripts/fetch_spark.sh

# Without training, which is another program and half a gigabyte of libtorch.
deb: TRAIN := OFF
deb: all
	@scripts/install_packages.sh --deb
	@cd build/release && cpack -G DEB
	@scripts/check_deb.sh build/release

demo: TRAIN := $(if $(LOG),OFF,$(TRAIN))
demo: all
	@$(if $(filter OFF,$(TRAIN)),scripts/demo_log.sh "$(LOG)",scripts/demo.sh)

# The cheap checks first; ctest's summary of the release build closes.
test: format-check asan lint tsan release-test

release-test: install-dev
	@cmake --preset release -DKASKAD_TESTS=ON -DKASKAD_TRAIN=ON -DKASKAD_KAFKA=ON \
	  -DKASKAD_PYTHON=ON -DCMAKE_UNITY_BUILD=$(UNITY)
	@cmake --build build/release -j $(JOBS)
	@ctest --preset release

format: install-dev
	@scripts/format.sh

format-check: install-dev
	@scripts/format.sh --check

lint: install-dev
	@cmake --preset lint
	@scripts/lint.sh

asan tsan: install-dev
	@cmake --preset $@ -DCMAKE_UNITY_BUILD=$(UNITY)
	@cmake --build build/$@ -j $(JOBS) --target unit_tests
	@ctest --preset $@

fuzz: install-dev
	@cmake --preset asan -DCMAKE_UNITY_BUILD=$(UNITY)
	@cmake --build build/asan -j $(JOBS) --target fuzzers
	@KASKAD_FUZZ_SECONDS=$(FUZZ_SECONDS) ctest --preset asan -L fuzz

bench-help:
	@cat bench/README.md

clean:
	@rm -rf build
