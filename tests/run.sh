#!/bin/bash
# Installs what is missing, builds into build/release and runs the tests. Arguments go to ctest:
#   tests/run.sh -L unit      tests/run.sh -R server.LocalCluster --verbose
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install_packages.sh g++ cmake ninja-build pkg-config libhiredis-dev libssl-dev libgtest-dev libgmock-dev redis-server \
  nutcracker

# Warnings are errors where CI is set, and only there: other compilers have other ones.
cmake --preset release -DREDISCLUSTER_WERROR="${CI:-OFF}" >/dev/null
cmake --build --preset release --parallel "$(nproc)"
ctest --preset release --parallel "$(nproc)" "$@"
