#!/usr/bin/env bash
# Measures what an operator would run: the release build, on this machine, with nothing else running.
# BENCH_SECONDS is how long each row of the tables takes (15).
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

stage "release build" cargo build --release --workspace --bin souk --bin souk-bench --bin gateway-bench
stage "the shop" target/release/souk-bench --seconds "${BENCH_SECONDS:-15}"
stage "the router" target/release/gateway-bench run --souk target/release/souk --seconds "${BENCH_SECONDS:-15}" \
    --json bench/results/gateway.json
stage "plans and compositions" cargo bench --quiet -p federation -p router --benches
