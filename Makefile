# GeONNX: `make demo` shows it at work, `make test` checks it all. Both install what is missing, once.
#
#   make demo [INPUT=raster.tif [MODEL=model.onnx] [BANDS=B02,B03] [OPTIONS='{"scale": 0.0001}']]
#
# Settings: PYTHON (the Python of QGIS), VENV (the virtual environment), PYTEST_ARGS (handed to pytest)

export PYTHON ?= /usr/bin/python3
export VENV ?= .venv
PYTEST_ARGS ?=
INPUT ?=
MODEL ?=
BANDS ?=
OPTIONS ?=

# the script, not `python -m pytest`: that would put the root and its processing/ folder on sys.path
PYTEST = $(VENV)/bin/pytest $(PYTEST_ARGS)
# QGIS in tests keeps its settings here, never in the user's own profile
QGIS_TEST_ENV = QGIS_CUSTOM_CONFIG_PATH="$(CURDIR)/build/test-profile"
SCREEN ?= xvfb-run -a -s "-screen 0 1600x1200x24"

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo demo-cluster zoo test lint test-engine test-algs test-e2e test-ui bench install package translations i18n screenshots test-qgis-new clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages, virtual environment)
	@tools/setup.sh

setup-demo:
	@tools/setup.sh requirements.txt

demo: export GEONNX_DEMO_INPUT = $(INPUT)
demo: export GEONNX_DEMO_MODEL = $(MODEL)
demo: export GEONNX_DEMO_BANDS = $(BANDS)
demo: export GEONNX_DEMO_OPTIONS = $(OPTIONS)
demo: setup-demo ## show all four tasks on an example (or segment INPUT), and draw maps
	@$(VENV)/bin/python demo/run.py

demo-cluster: setup ## share out a run over a local cluster, kill a worker in the middle, compare the pixels
	@$(VENV)/bin/python demo/cluster.py

zoo: setup ## write docs/zoo.md from the cards of the bundled models (make -C training trains them)
	@$(VENV)/bin/python tools/zoo.py

test: lint test-engine test-algs test-e2e test-ui ## run every check and every test

lint: setup ## check style, types, security and secrets
	@tools/lint.sh

test-engine: setup ## test models/, without QGIS
	$(PYTEST) -p no:pytest_qgis tests/engine

test-algs: setup ## test the algorithms inside QGIS
	QT_QPA_PLATFORM=offscreen $(QGIS_TEST_ENV) $(PYTEST) tests/algs

test-e2e: setup package ## test through the real qgis_process
	$(PYTEST) -p no:pytest_qgis tests/e2e

test-ui: setup translations ## test windows on a virtual screen
	QT_QPA_PLATFORM=xcb $(QGIS_TEST_ENV) $(SCREEN) $(PYTEST) tests/ui

test-qgis-new: ## run all tests in a newer QGIS (a newer Debian in build/qgis-new)
	@tools/qgis_new.sh

screenshots: setup translations ## draw all windows: 100 % and 200 %, light and dark
	@$(VENV)/bin/python tools/screenshots/run.py

i18n: setup ## bring the translations' list of texts up to date
	@$(VENV)/bin/python tools/i18n.py update

translations:
	@$(PYTHON) tools/i18n.py release

bench: setup ## measure speed and memory, write build/bench.json
	@mkdir -p build
	$(VENV)/bin/python benchmarks/run.py --output build/bench.json

install: setup-demo translations ## link the plugin into your QGIS profile and enable it
	@tools/install.sh

package: setup-demo translations ## build build/geonnx.zip for the plugin store
	@$(VENV)/bin/python tools/package.py

clean: ## remove what was built (the virtual environment stays)
	rm -rf build
