#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: run.sh LOGDIR TEST...
# Run each test with a time limit, print a line for each, end with the count.
# A test exits 0 (passed), 77 (skipped, last line is the reason), else failed.
# What it leaves out it says in a line "skipped part: REASON".
set -u
logs=$1
shift
mkdir -p "$logs"
export PYTHONDONTWRITEBYTECODE=1
# Under sudo (see Makefile) the logs are the user's, however this ends.
[ -z "${LOGS_OWNER:-}" ] || trap 'chown -hR --from=0 "$LOGS_OWNER" "$logs"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0 skipped=0
skips=() parts=()

for t in "$@"; do
	name=$(basename "$t" .sh)
	case $t in */tsan/*) name=$name-tsan ;; esac
	log=$logs/$name.log
	start=$(date +%s%N)
	timeout -k 10 "${TEST_TIMEOUT:-300}" "$t" >"$log" 2>&1 </dev/null
	ret=$?
	while IFS= read -r line; do
		parts+=("$name: ${line#*skipped part: }")
	done < <([ $ret -eq 0 ] && grep -a '^skipped part: ' "$log")
	took=$((($(date +%s%N) - start) / 1000000))
	case $ret in
	0)
		passed=$((passed + 1))
		printf 'ok    %-34s %6d ms\n' "$name" "$took"
		;;
	77)
		skipped=$((skipped + 1))
		skips+=("$name: $(tail -n 1 "$log")")
		printf 'skip  %-34s %s\n' "$name" "$(tail -n 1 "$log")"
		;;
	*)
		failed=$((failed + 1))
		printf 'FAIL  %-34s exit %d, see %s\n' "$name" "$ret" "$log"
		tail -n 25 "$log" | sed 's/^/      | /'
		;;
	esac
done

for s in "${skips[@]+"${skips[@]}"}"; do
	echo "skipped: $s"
done
for s in "${parts[@]+"${parts[@]}"}"; do
	echo "skipped part: $s"
done
echo "$passed passed, $failed failed, $skipped skipped," \
	"${#parts[@]} parts skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
