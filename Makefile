# The two commands a newcomer needs: `make demo` and `make test`. Both set up what is missing.
.PHONY: demo test coverage fresh lint bench bench-ladders bench-quick bench-sensor bench-slim bench-behaviours bench-proof format clean

BIN := .venv/bin

demo: .venv/ready
	scripts/prepare engine
	$(BIN)/unladen optimize samples/python-fastapi

test: .venv/developer
	scripts/prepare engine tests
	scripts/with-docker $(BIN)/pytest -n 2 $(ARGS)

# What the fast tests run of both stories and of the command line: 85 % of each, or it fails.
coverage: .venv/developer
	$(BIN)/pytest -q -n 2 --cov=unladen --cov-report= tests/unit $(ARGS)
	for room in climb slimming cli; do $(BIN)/coverage report --skip-covered --include="src/unladen/$$room/*" --fail-under=85 || exit 1; done

WHAT := demo
SUITE := bookworm

fresh: .venv/ready
	scripts/prepare fresh
	$(BIN)/python scripts/fresh.py $(WHAT) $(SUITE)

lint: .venv/developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/developer
	scripts/prepare engine tests
	scripts/with-docker sh -c 'missed=0; for each in ladders quick sensor slim behaviours proof; do $(BIN)/python benchmarks/$$each.py $(ARGS) || missed=1; done; exit $$missed'

bench-ladders bench-quick bench-sensor bench-slim bench-behaviours bench-proof: .venv/developer
	scripts/prepare engine tests
	scripts/with-docker $(BIN)/python benchmarks/$(@:bench-%=%).py $(ARGS)

format: .venv/developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache dist .coverage

.venv/ready: pyproject.toml scripts/prepare hatch_build.py sensor/sensor.c
	scripts/prepare venv
	touch $@

# With what tests and checks need besides: linters, and the frameworks whose routes are asked.
.venv/developer: .venv/ready
	scripts/prepare venv dev
	touch $@
