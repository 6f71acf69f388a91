#!/bin/sh
# tools/step.sh NAME COMMAND...: one line when the command succeeds (name, seconds), its whole output when it fails.
name=$1
shift
start=$(date +%s)
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
"$@" >"$log" 2>&1 </dev/null
code=$?
seconds=$(($(date +%s) - start))
if [ "$code" -eq 0 ]; then
  printf 'ok      %-32s %4d s\n' "$name" "$seconds"
else
  cat "$log"
  printf 'FAILED  %-32s %4d s  (exit %d: %s)\n' "$name" "$seconds" "$code" "$*" >&2
fi
exit "$code"
