# Everything here is one `cargo xtask` command, so that it works the same without make.

.PHONY: check test bench kill fmt

# The everyday part: formatting, lints, house rules, Rust tests. Minutes.
check:
	cargo xtask check --quick

# Everything, with what it needs installed first: what CI runs.
test:
	cargo xtask test

# Rates and latencies through HTTP, beside an empty handler on the same machine.
bench:
	cargo xtask bench

# The real binary under kill -9, as many rounds as a release needs.
kill:
	cargo xtask kill --rounds 200

fmt:
	cargo fmt --all
