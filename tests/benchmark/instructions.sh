#!/bin/bash
# How many instructions in user space one GET and one SET cost: ours beside hiredis' redisCommand and redisCommandArgv.
# Each way is run with N and with 2N calls under callgrind; the difference over N is what one call costs. Exact enough to
# be compared on a busy machine.
#   tests/benchmark/instructions.sh BUILD_DIR [N]     BUILD_DIR: a release build; CHECK=1 makes a missed target a failure
set -euo pipefail
export LC_ALL=C
build=${1:?usage: instructions.sh BUILD_DIR [N]}
calls=${2:-2000}
program=$build/tests/benchmark/count_calls

for tool in valgrind "${REDIS_SERVER:=redis-server}" "$program"; do
  command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
socket=$work/socket
"$REDIS_SERVER" --port 0 --unixsocket "$socket" --save '' --appendonly no --dir "$work" --logfile "$work/log" &
server=$!
for ((tries = 0; tries < 100; tries++)); do
  [[ ! -S $socket ]] || break
  sleep 0.1
done

# Instructions of a whole run.
count() { # COMMAND WAY CALLS
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$socket" "$1" "$2" "$3" 2>&1 |
    awk '/Collected/ { print $NF; found = 1 } END { exit !found }'
}
one_call() { # COMMAND WAY
  local once twice
  once=$(count "$1" "$2" "$calls")
  twice=$(count "$1" "$2" $((2 * calls)))
  echo $(((twice - once) / calls))
}

"$program" "$socket" set ours 2 # so that GET finds something
missed=0
printf '%-4s %-17s %9s %9s %6s  %s\n' call against ours theirs ratio target
for command in get set; do
  ours=$(one_call "$command" ours)
  for against in redisCommand:0.35 redisCommandArgv:0.50; do
    way=${against%:*}
    target=${against#*:}
    theirs=$(one_call "$command" "$way")
    verdict=ok
    awk -v ours="$ours" -v theirs="$theirs" -v target="$target" 'BEGIN { exit !(ours <= theirs * target) }' ||
      { verdict=missed; missed=1; }
    awk -v ours="$ours" -v theirs="$theirs" -v words="$command $way" -v target="$target" -v verdict="$verdict" 'BEGIN {
      split(words, word, " ")
      printf "%-4s %-17s %9d %9d %6.2f  at most %s: %s\n", toupper(word[1]), word[2], ours, theirs, ours / theirs, target, verdict
    }'
  done
done
[[ -z ${CHECK:-} ]] || exit "$missed"
