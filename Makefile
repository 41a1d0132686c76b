# Triptych. Both words a newcomer needs: `make run`, `make test`. Everything installs itself.
.DEFAULT_GOAL := help
.PHONY: help install run test test-all lint bench clean
PYTEST := .venv/bin/python -m pytest

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

install: ## make .venv hold what requirements.txt says (does nothing when it does)
	@.ci/install

run: install ## start everything on http://127.0.0.1:8000 (PORT=9000 make run for another port)
	@exec .venv/bin/python -m config.launch

lint: export SECRET_KEY := only-for-checks
lint: export DATABASE_URL := sqlite://:memory:
lint: install ## style, types, who may import whom, missing migrations
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy .
	.venv/bin/lint-imports
	.venv/bin/python manage.py makemigrations --check --dry-run

test: lint ## lint, the database tests on PostgreSQL, then every test on SQLite
	@.ci/system-packages
	.venv/bin/python -m tests.postgres -- $(PYTEST) -m "not slow" -n 2 --only-database
	$(PYTEST) -m "not slow" -n 2

test-all: lint ## the same with the slow tests, and how much of the code they reach
	@.ci/system-packages
	.venv/bin/python -m tests.postgres -- $(PYTEST) -n 2 --only-database
	.venv/bin/coverage run -m pytest -n 2
	.venv/bin/coverage combine -q && .venv/bin/coverage report --skip-covered

bench: install ## how long a rater waits, on SQLite, on PostgreSQL and in a browser (docs/benchmarks.md)
	@.ci/system-packages
	$(PYTEST) tests/bench_*.py
	.venv/bin/python -m tests.postgres -- $(PYTEST) tests/bench_next.py tests/bench_load.py tests/bench_exports.py

clean: ## remove what the tools left behind; keeps .venv and var (your data)
	rm -rf .ruff_cache .mypy_cache .hypothesis .import_linter_cache .coverage* htmlcov
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
