#!/usr/bin/env bash
# Our composition before other people's composers: every case of tests/compose, random federations, and our router over
# what they compose.
# JUDGE_SEED and JUDGE_COUNT choose other random federations than the same 500 of every run.
set -euo pipefail
cd "$(dirname "$0")"

cargo build --workspace --quiet --example verdicts --bin souk
npm ci --no-audit --no-fund --silent
node cases.mjs
node random.mjs --seed "${JUDGE_SEED:-1}" --count "${JUDGE_COUNT:-500}"
node serves.mjs
