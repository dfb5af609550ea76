#!/usr/bin/env bash
# Random federations against a monolith, for FUZZ_SECONDS; a failing case is printed with its seed.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

until_second=$((SECONDS + ${FUZZ_SECONDS:-300}))
round=0
while [ "$SECONDS" -lt "$until_second" ]; do
    round=$((round + 1))
    stage "round $round" env PROPTEST_CASES="${PROPTEST_CASES:-2000}" cargo test -p federation --quiet
done
