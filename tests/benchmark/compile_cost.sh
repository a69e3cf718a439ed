#!/bin/bash
# What including the library costs: the time to compile an empty main with <rediscluster/rediscluster.h> at -O0, beside one
# that includes only the standard headers which ours include; and what each call of a command adds. Medians of interleaved
# runs.
#   tests/benchmark/compile_cost.sh [RUNS]     CXX picks the compiler; LIMIT=1.4 makes more seconds than that a failure
set -euo pipefail
export LC_ALL=C
runs=${1:-7}
compiler=${CXX:-g++}
include=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../include" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=(empty standard library first again)
echo 'int main() {}' >"$work/empty.cpp"
{
  grep -rhoE '^#include <[a-z_/.]+>' "$include/rediscluster" --include='*.h' --exclude-dir=testing |
    grep -vE '<(rediscluster|sys)/' | sort -u
  echo 'int main() {}'
} >"$work/standard.cpp"
printf '#include <rediscluster/rediscluster.h>\nint main() {}\n' >"$work/library.cpp"
# Commands of ten kinds, called once; and ten times more.
calls='r.set("k", "v", {.nx = true}); r.get("k"); r.mget({"a", "b"}); r.lrange("l", 0, -1); r.hgetall("h"); r.hset("h", "f", 1);
  r.zadd("z", {{"m", 1.5}}); r.zrange_withscores("z", 0, -1); r.sinterstore("d", {"a", "b"}); r.expire("k", 10);'
function_of() { printf 'void %s(rediscluster::StrictRedisCluster& r) { %s }\n' "$1" "$calls"; }
{
  cat "$work/library.cpp"
  function_of first
} >"$work/first.cpp"
{
  cat "$work/first.cpp"
  for ((i = 0; i < 10; i++)); do function_of "again_$i"; done
} >"$work/again.cpp"

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
awk -v none="$(median library)" -v first="$(median first)" -v again="$(median again)" 'BEGIN {
  printf "  a command that was not called before: %.0f ms, once more: %.1f ms\n", 100 * (first - none), 10 * (again - first)
}'
if [[ -n ${LIMIT:-} ]]; then
  awk -v time="$(median library)" -v limit="$LIMIT" 'BEGIN { exit !(time <= limit) }' || {
    echo "more than $LIMIT" >&2
    exit 1
  }
fi
