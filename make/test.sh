#!/usr/bin/env bash
# Everything that needs no more than `make setup` installs. Nothing is skipped: what is missing fails by name.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

# One template of the database for all shops of the tests.
export SOUK_CACHE_DIR="${SOUK_CACHE_DIR:-$PWD/target/souk-cache}"

stage "format" cargo fmt --all --check
stage "clippy" cargo clippy --workspace --all-targets --quiet -- -D warnings
stage "build the tests" cargo test --workspace --no-run --quiet
stage "tests" cargo test --workspace --quiet
