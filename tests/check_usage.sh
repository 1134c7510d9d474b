#!/bin/bash
# SPDX-License-Identifier: MIT
# What is wrong with a command line is said in the name of the command that was
# typed, and exits with 2, whichever part of the program found it.
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
bad=0

# usage COMMAND ARGUMENT...
usage() {
	timeout 20 "$VIOPERF" "$@" >"$out" 2>&1 </dev/null
	local ret=$?
	[ $ret -eq 2 ] && head -n 1 "$out" | grep -q "^vioperf $1: ." && return
	echo "vioperf $*: exit $ret, says: $(head -n 1 "$out")"
	bad=1
}

commands=$("$VIOPERF" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$commands" | wc -w)" -ge 9 ] || { echo "no commands"; exit 1; }
for c in $commands; do
	usage $c --no-such-option
	# an option that takes a value, without one
	option=$("$VIOPERF" $c --help |
		sed -n 's/^ .*\(--[a-z-]*\)=[A-Z].*/\1/p' | head -n 1)
	[ -n "$option" ] || { echo "$c: no option with a value"; exit 1; }
	usage $c $option
done

built=yes
"$VIOPERF" trace --list 2>&1 | grep -q 'built without tracing' && built=
for c in list ${built:+trace}; do
	usage $c --format none
	usage $c extra
done
if [ -n "$built" ]; then
	for pid in x 0 -1 5x '' 99999999999; do
		usage list --pid "$pid"
		usage trace --pid "$pid"
		usage trace --list-vm "$pid"
	done
	usage list --pid 5,6
	usage trace
	usage trace --rings x --pid 1
	usage trace --rings x --time x
	usage trace --rings x --cpu x
	usage trace --rings x --sync-fd x
	usage trace --rings x --attach x
	usage trace --trace-json x
	usage trace --pid 1 --watch --record x
else
	echo "skipped part: built without tracing"
fi
usage list --pid 1 --targets
usage list --libvirt blk --pid 1
usage list --libvirt no-such-target
usage load
usage load --socket /x --time x
usage load --socket /x --cpu x
usage load --socket /x --rw x
usage load --socket /x --format x
usage load --socket /x --sync-fd x
usage load --socket /x extra
usage device
usage device no-such-device
usage device blk
usage device blk --socket /x --queues x
usage device blk --socket /x --poll-max x
usage device blk --socket /x --stamps x --stamps-every 3
usage report /nowhere --format x
usage compare
usage compare /nowhere
usage compare /nowhere /nowhere
usage scenario extra
usage scenario --from-libvirt /nowhere
usage guest --time x
usage guest --cpus x
usage guest --format x
usage guest --sync-fd x
usage run /nowhere.ini
usage run --set x=y
exit $bad
