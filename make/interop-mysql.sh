#!/usr/bin/env bash
# The tests that touch a database, on real MySQL in place of MariaDB: kit, services, launcher, whole shop.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

export SOUK_CACHE_DIR="${SOUK_CACHE_DIR:-$PWD/target/souk-cache}"
SOUK_MYSQLD=$(make/mysql.sh)
export SOUK_MYSQLD

# Every service's tests by the names they have.
services=(--test kit --test api --test locks --test batches --test operations --test service --test sessions --test mail)
whole_shop=(--test checkout --test crowd --test graph --test statements --test subscriptions --test faults --test alone)

stage "build" cargo build --workspace --bin souk
stage "kit and services on $("$SOUK_MYSQLD" --no-defaults --version | grep -o 'Ver [^ ]*')" \
    cargo test --workspace "${services[@]}" --quiet
stage "the launcher on MySQL" cargo test --workspace --test launcher --quiet
stage "the whole shop on MySQL" cargo test --workspace "${whole_shop[@]}" --quiet
