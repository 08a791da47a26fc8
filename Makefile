# For contributors; users need only ./amends. Each target makes the environment first if it is missing.
# UV: any uv will do, for `make lock` alone (pip install uv).
PYTHON := .venv/bin/python -P
UV ?= uv
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet

.PHONY: help check test bench faults kafka kafka-stop lock clean

help:
	@echo "make check       what a reviewer would otherwise say: ruff and mypy"
	@echo "make test        all tests (CI=true make test: nothing may be skipped)"
	@echo "make faults      only those that kill processes and servers"
	@echo "make bench       how fast the road is, beside its peers"
	@echo "make kafka       an Apache Kafka on 127.0.0.1:9092; make kafka-stop ends it"
	@echo "make lock        pin the newest packages that fit"
	@echo "make clean       remove the environment and all that was made"

.venv/.made-from: amends requirements.lock pyproject.toml
	./amends test --version
	@touch $@

check: .venv/.made-from
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

test:
	./amends test

faults:
	./amends test -m faults

bench: .venv/.made-from
	$(PYTHON) -m bench

kafka:
	deploy/kafka/kafka.sh up

kafka-stop:
	deploy/kafka/kafka.sh stop

# The image leaves the test tools out; its packages are the very same.
lock:
	$(COMPILE) --upgrade --extra test --extra bench -o requirements.lock
	$(COMPILE) --constraint requirements.lock -o deploy/requirements.lock
	@! grep -n '://' requirements.lock deploy/requirements.lock || (echo "a lock file holds an address" >&2; exit 1)

clean: kafka-stop
	rm -rf .venv .venv.lock .amends .kafka .mypy_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
