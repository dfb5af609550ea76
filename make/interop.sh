#!/usr/bin/env bash
# The whole-shop tests with what is other people's: Apache Kafka, JavaScript clients, Chromium; and the adapter of Stripe
# before stripe-mock.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

need java "make setup INTEROP=1"
need mvn "make setup INTEROP=1"
need node "make setup INTEROP=1 (Node 20 or newer)"
need npm "make setup INTEROP=1 (Node 20 or newer)"
need chromium "make setup INTEROP=1"
need .souk/tools/bin/stripe-mock "make setup INTEROP=1 (with Go, https://go.dev/dl)"

export SOUK_CACHE_DIR="${SOUK_CACHE_DIR:-$PWD/target/souk-cache}"

whole_shop=(--test checkout --test crowd --test graph --test statements --test subscriptions --test faults --test composition)

# As part of the workspace, so that nothing is built a second time with other features.
stage "Stripe's adapter before stripe-mock" \
    cargo test --workspace --features payments/stripe-mock --lib --quiet stripe::mock_tests
stage "build" cargo build --workspace --bin souk
stage "the launcher on Apache Kafka" env SOUK_TEST_UP_OPTIONS="--kafka apache" cargo test --workspace --test launcher --quiet
stage "the whole shop on Apache Kafka" env SOUK_TEST_UP_OPTIONS="--kafka apache" \
    cargo test --workspace "${whole_shop[@]}" --quiet
stage "faults on Apache Kafka" env SOUK_TEST_UP_OPTIONS="--kafka apache" cargo test --workspace --test schedule --quiet
stage "JavaScript packages" npm --prefix tests/interop ci --no-audit --no-fund --silent
stage "graphql-ws, Apollo Client, Chromium" npm --prefix tests/interop test --silent
stage "composition before other composers, the router over theirs" router/federation/tests/judges/run.sh
