#!/usr/bin/env bash
# Random federations against a monolith, for FUZZ_SECONDS (300), from seed FUZZ_FROM (0) on. What fails is made small
# and lies in target/oracle/seed-N.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

stage "random federations" env FUZZ_SECONDS="${FUZZ_SECONDS:-300}" FUZZ_FROM="${FUZZ_FROM:-0}" \
    cargo test -p router --test oracle random_federations -- --nocapture
