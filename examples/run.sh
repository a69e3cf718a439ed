#!/bin/bash
# Installs what is missing, builds into build/examples, and runs quickstart and inverted_index; each starts redis-servers
# of its own and stops them. Arguments are the text files that inverted_index reads; without, it takes what it finds under
# /usr/share/common-licenses.
set -euo pipefail
files=()
for file in "$@"; do
  files+=("$(realpath -- "$file")")
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install_packages.sh g++ cmake ninja-build pkg-config libhiredis-dev redis-server

cmake -S . -B build/examples -G Ninja -DCMAKE_BUILD_TYPE=Release -DREDISCLUSTER_BUILD_TESTS=OFF \
  -DREDISCLUSTER_BUILD_BENCHMARKS=OFF -DREDISCLUSTER_BUILD_TOOLS=OFF -DREDISCLUSTER_BUILD_TLS=OFF >/dev/null
cmake --build build/examples --parallel "$(nproc)" --target quickstart inverted_index

build/examples/examples/quickstart
build/examples/examples/inverted_index "${files[@]}"
