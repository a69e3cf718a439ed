#!/bin/bash
# What including the library costs: the time to compile an empty main with <rediscluster/rediscluster.h> at -O0, beside one
# that includes only the standard headers which ours include. Medians of interleaved runs.
#   tests/benchmark/compile_cost.sh [RUNS]     CXX picks the compiler; LIMIT=1.4 makes more seconds than that a failure
set -euo pipefail
export LC_ALL=C
runs=${1:-7}
compiler=${CXX:-g++}
include=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../include" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=(empty standard library)
echo 'int main() {}' >"$work/empty.cpp"
{
  grep -rhoE '^#include <[a-z_/.]+>' "$include/rediscluster" --include='*.h' --exclude-dir=testing |
    grep -vE '<(rediscluster|sys)/' | sort -u
  echo 'int main() {}'
} >"$work/standard.cpp"
printf '#include <rediscluster/rediscluster.h>\nint main() {}\n' >"$work/library.cpp"

# Seconds that one compilation takes.
compile_once() {
  local begin=$EPOCHREALTIME
  "$compiler" -std=c++20 -O0 "-I$include" -c "$work/$1.cpp" -o "$work/$1.o"
  awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", end - begin }'
}

for name in "${names[@]}"; do
  compile_once "$name" >/dev/null # warms the file cache
done
for ((run = 0; run < runs; run++)); do
  for name in "${names[@]}"; do
    compile_once "$name" >>"$work/$name.times"
  done
done

median() {
  sort -n "$work/$1.times" | awk '{ t[NR] = $1 } END { print (NR % 2) ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'
}

printf '%s, medians of %d runs, in seconds\n' "$("$compiler" --version | head -n 1)" "$runs"
for name in "${names[@]}"; do
  printf '  %-9s %.2f\n' "$name" "$(median "$name")"
done
if [[ -n ${LIMIT:-} ]]; then
  awk -v time="$(median library)" -v limit="$LIMIT" 'BEGIN { exit !(time <= limit) }' || {
    echo "more than $LIMIT" >&2
    exit 1
  }
fi
