# What one can do here: make demo · test · check · bench · bench-peers · bench-collect · docs · fuzz · fuzz-coverage · test-lowest · test-matrix · test-peers · test-sdks · clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test test-lowest test-matrix check bench samples docs test-peers test-sdks bench-collect bench-peers fuzz fuzz-coverage clean

help:
	@sed -n 's/^# //p' Makefile | head -n 1

# The environment is made once, and again when the dependencies change. pip is used: it comes with Python.
$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[collect]'
	touch $@

$(VENV)/.dev: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

demo: $(STAMP)
	$(BIN)/tracetui open sample_traces

# A pipe that its reader made non-blocking ends pytest in the middle of a line as soon as it is full, so it is made to
# block; whatever stdin is, no test reads it. Tests of the screen wait half of their time, so two cores have three of them.
test: $(VENV)/.dev
	@$(BIN)/python -c 'import os; [os.set_blocking(stream, True) for stream in (1, 2)]' || true
	$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(max(3, os.cpu_count() or 1))') </dev/null

# A part of the tests with the oldest versions that pyproject.toml allows, in less than a minute; all of them: test-matrix.
LOWEST := tests/formats/test_handrolled.py tests/formats/test_langsmith.py tests/screen/test_goldens.py tests/screen/test_pick.py \
  tests/cli/test_ls.py tests/unit/collector/test_otlp.py tests/unit/collector/test_gate.py tests/unit/pricing/test_book.py \
  tests/unit/workspace/test_recalled.py tests/unit/workspace/test_folder.py tests/formats/test_scored_files.py
$(VENV)/lowest/.installed: pyproject.toml
	test -x $(VENV)/uv/bin/uv || { $(PYTHON) -m venv $(VENV)/uv && $(VENV)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	test -x $(@D)/bin/python || $(VENV)/uv/bin/uv venv --quiet --python $(PYTHON) $(@D)
	UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_HTTP_TIMEOUT=20 $(VENV)/uv/bin/uv pip install --quiet --python $(@D) --resolution lowest-direct --editable '.[collect]' --group test
	touch $@

test-lowest:
	@if $(MAKE) --no-print-directory $(VENV)/lowest/.installed; then \
	  $(VENV)/lowest/bin/python -m pytest -n 3 $(LOWEST) </dev/null; \
	else echo "test-lowest was skipped: uv, or the oldest versions, cannot be installed here"; fi

# Each Python that is found, with the oldest and the newest versions: a table at the end.
test-matrix: $(VENV)/.dev
	.ci/matrix

check: $(VENV)/.dev
	$(BIN)/ruff format --check tracetui tests benchmarks sample_traces
	$(BIN)/ruff check tracetui tests benchmarks sample_traces
	$(BIN)/mypy
	$(BIN)/lint-imports

# Phoenix, MLflow and the SDKs themselves, each in an environment of its own: not part of `test`.
$(VENV)/peers/%/.installed:
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(PEER_PACKAGE)
	touch $@
$(VENV)/peers/phoenix/.installed: PEER_PACKAGE = arize-phoenix
$(VENV)/peers/mlflow/.installed: PEER_PACKAGE = mlflow

test-peers: $(VENV)/.dev $(VENV)/peers/phoenix/.installed $(VENV)/peers/mlflow/.installed
	$(BIN)/python -m pytest -n 0 tests/peers

# The openai package does not bring httpx any more, which instrumentations of it import. For traceloop-sdk pip would try
# combinations of its forty packages for many minutes, so it is told a version of one.
OTLP := opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
$(VENV)/peers/anthropic/.installed: PEER_PACKAGE = anthropic openinference-instrumentation-anthropic $(OTLP)
$(VENV)/peers/openai/.installed: PEER_PACKAGE = openai httpx opentelemetry-instrumentation-genai-openai openinference-instrumentation-openai $(OTLP)
$(VENV)/peers/traceloop/.installed: PEER_PACKAGE = traceloop-sdk openai httpx opentelemetry-sdk==1.45.1
$(VENV)/peers/logfire/.installed: PEER_PACKAGE = logfire 'pydantic-ai-slim[openai]'
$(VENV)/peers/langfuse2/.installed: PEER_PACKAGE = 'langfuse<3' openai
$(VENV)/peers/langfuse/.installed: PEER_PACKAGE = langfuse openai
$(VENV)/peers/langsmith/.installed: PEER_PACKAGE = langsmith openai
$(VENV)/peers/langchain/.installed: PEER_PACKAGE = langchain langchain-openai
$(VENV)/peers/ddtrace/.installed: PEER_PACKAGE = ddtrace openai
SDKS := anthropic openai traceloop logfire langfuse2 langfuse langsmith langchain ddtrace vercel

# Version 5 runs on Node 18 and later.
$(VENV)/peers/vercel/.installed:
	mkdir -p $(@D)
	cd $(@D) && npm install --silent --no-audit --no-fund ai@5 @ai-sdk/openai@2 zod@4 @opentelemetry/api@1 @opentelemetry/sdk-trace-node@2 @opentelemetry/exporter-trace-otlp-proto
	touch $@

# What cannot be installed is named by its skipped test.
test-sdks: $(VENV)/.dev
	-@$(MAKE) --no-print-directory --keep-going $(SDKS:%=$(VENV)/peers/%/.installed)
	$(BIN)/python -m pytest -n 0 -rs tests/sdks

# Each parser with many random inputs; what is found is kept in .hypothesis and tried first the next time.
fuzz: $(VENV)/.dev
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n auto tests/property/test_every_parser.py tests/property/test_injection.py tests/property/test_otlp_messages.py tests/property/test_corpus.py tests/formats/test_damaged_pages.py </dev/null

# Guided by which lines of ours an input reaches; needs atheris, of which there are builds for Linux. FUZZ_SECONDS for each of
# the targets, FUZZ_TARGETS some of them. What fails is in .fuzz/, what reaches something new is kept in tests/data/fuzz.
FUZZ_SECONDS ?= 240
$(VENV)/peers/fuzz/.installed: PEER_PACKAGE = atheris hypothesis --editable '.[grpc,parquet]'
fuzz-coverage: $(VENV)/peers/fuzz/.installed
	$(VENV)/peers/fuzz/bin/python -m tests.fuzz.run --seconds $(FUZZ_SECONDS) --keep $(FUZZ_TARGETS) </dev/null

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.run

bench-collect: $(VENV)/.dev $(VENV)/peers/phoenix/.installed
	$(BIN)/python -m benchmarks.collect

# lnav is not in PyPI: the one of the system is measured where there is one.
$(VENV)/peers/toolong/.installed: PEER_PACKAGE = toolong
$(VENV)/peers/visidata/.installed: PEER_PACKAGE = visidata
$(VENV)/peers/harlequin/.installed: PEER_PACKAGE = harlequin
$(VENV)/peers/tracecraft/.installed: PEER_PACKAGE = 'tracecraft[tui,cli]'
VIEWERS := toolong visidata harlequin tracecraft phoenix mlflow

# What cannot be installed has a row that says so.
bench-peers: $(VENV)/.dev
	-@$(MAKE) --no-print-directory --keep-going $(VIEWERS:%=$(VENV)/peers/%/.installed)
	$(BIN)/python -m benchmarks.peers --save

samples: $(STAMP)
	$(BIN)/python sample_traces/make_samples.py

docs: $(VENV)/.dev
	$(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz
