#!/usr/bin/env bash
# The whole-shop tests with what is other people's: Apache Kafka, JavaScript clients, Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

need java "apt-get install openjdk-17-jre-headless"
need mvn "apt-get install maven"
need node "install Node 20 or newer"
need npm "install Node 20 or newer"
need chromium "apt-get install chromium"

export SOUK_CACHE_DIR="${SOUK_CACHE_DIR:-$PWD/target/souk-cache}"

stage "the whole shop on Apache Kafka" env SOUK_TEST_KAFKA=apache cargo test -p souk --quiet
