#!/usr/bin/env bash
# Three searches for trouble, each for FUZZ_SECONDS (300), from seed FUZZ_FROM (0) on: random federations against a
# monolith, any text composed, any operation planned. What fails lies in target/oracle/seed-N (made small) or in
# target/robustness, with its seed.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

seconds="${FUZZ_SECONDS:-300}"
from="${FUZZ_FROM:-0}"

robustness() {
    env ROBUST_SECONDS="$seconds" ROBUST_FROM="$from" cargo test -p federation --test robustness "$1" -- --exact --nocapture
}

# Optimised, with its assertions: three times the federations a second.
stage "random federations" env CARGO_PROFILE_DEV_OPT_LEVEL=2 FUZZ_SECONDS="$seconds" FUZZ_FROM="$from" \
    cargo test -p router --test oracle random_federations -- --nocapture
stage "any text composed" robustness compose_answers_whatever_the_text
stage "any operation planned" robustness plan_answers_whatever_the_operation
