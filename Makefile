# Every command a developer or CI needs. `make` alone lists them.
CARGO ?= cargo
PYTHON ?= python3

.PHONY: help demo test test-python lint bench fuzz docs torture

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## signed receipts on the screen: sandbox, device, items, stock, invoices
	$(CARGO) run -q -p etims-cli -- demo

test: ## every test, with its own set-up
	$(CARGO) test --workspace --all-features
	$(MAKE) test-python

test-python: ## the Python wheel, in a fresh virtual environment
	$(PYTHON) bindings/python/run_tests.py

lint: ## formatting, clippy with warnings as errors, layers
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	python3 .ci/layers.py

torture: ## kill a draining process thousands of times and compare the books (about 40 minutes)
	$(CARGO) run --release -q -p etims-client --example torture

bench: ## speed, measured in one run
	$(CARGO) bench --workspace

docs: ## API documentation, warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --all-features
