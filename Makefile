# Every command a developer or CI needs. `make` alone lists them.
CARGO ?= cargo
PYTHON ?= python3

.PHONY: help demo test test-python bench-python lint bench fuzz docs torture

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## signed receipts on the screen: sandbox, device, items, stock, invoices
	$(CARGO) run -q -p etims-cli -- demo

test: ## every test, with its own set-up
	$(CARGO) test --workspace --all-features
	$(MAKE) test-python

test-python: ## the Python wheel, in a fresh virtual environment
	$(PYTHON) bindings/python/run_tests.py

bench-python: ## speed of the Python package beside others from PyPI (release build)
	$(PYTHON) bindings/python/run_bench.py

lint: ## formatting, clippy with warnings as errors, layers, API documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	$(PYTHON) .ci/layers.py
	$(MAKE) docs

torture: ## kill a draining process 2,000 times, compare the books (10 to 40 minutes)
	$(CARGO) test -q -p etims-client --test torture -- --kills 2000 --documents 10000 --in-each-phase 50 --minutes 40

bench: ## speed: each figure beside its yardstick, measured in one run
	$(CARGO) bench -p etims-core
	$(CARGO) bench -p etims-client
	$(CARGO) bench -p etims-sandbox

FUZZ_SECONDS ?= 10
FUZZ_TARGETS = draft_json reply_bytes item_code pin qr_url totals_oracle sandbox_request
FUZZ_BUILT = target/fuzz/$$(rustc -vV | sed -n 's/host: //p')/release

fuzz: target/tools/bin/cargo-fuzz ## every fuzz target for FUZZ_SECONDS each
	RUSTC_BOOTSTRAP=1 target/tools/bin/cargo-fuzz build --sanitizer none --target-dir target/fuzz
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p fuzz/corpus/$$target fuzz/seeds/$$target fuzz/artifacts/$$target; \
	    echo "fuzzing $$target for $(FUZZ_SECONDS) s"; \
	    $(FUZZ_BUILT)/$$target -max_total_time=$(FUZZ_SECONDS) -verbosity=0 \
	        -artifact_prefix=fuzz/artifacts/$$target/ fuzz/corpus/$$target fuzz/seeds/$$target || exit 1; \
	done

target/tools/bin/cargo-fuzz:
	$(CARGO) install -q --locked --root target/tools cargo-fuzz

docs: ## API documentation, warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc -q --workspace --no-deps --all-features
