#!/usr/bin/env bash
# Every benchmark of the workspace, built with optimisation.
set -euo pipefail
cd "$(dirname "$0")/.."
. make/stages.sh

ls -d */benches */*/benches >/dev/null 2>&1 || { echo "bench: this tree holds no benchmark" >&2; exit 1; }
stage "benchmarks" cargo bench --workspace --benches
