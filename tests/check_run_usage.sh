#!/bin/bash
# SPDX-License-Identifier: MIT
# A scenario that is wrong is refused with file, line, what is wrong and what
# is allowed, exit status 2, before anything starts.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

refused() { # refused WHAT-IT-MUST-SAY SCENARIO-LINES [ARGS...]
	local want=$1 text=$2
	shift 2
	printf '%b' "$text" >s.ini
	"$VIOPERF" run s.ini --out out "$@" >out.txt 2>err.txt
	local ret=$?
	[ $ret -eq 2 ] || { echo "exit $ret, not 2: $text"; cat err.txt; exit 1; }
	grep -qE -- "$want" err.txt || { echo "no '$want' in:"; cat err.txt; exit 1; }
	[ -e out ] && { echo "something was started: $text"; exit 1; }
	return 0
}

refused "s.ini:2: depth 'many': use 1 to 1024" '[run]\ndepth = many\n'
refused "s.ini:3: unknown key 'dept'" '[run]\nbs = 4k\ndept = 1\n'
refused "s.ini:2: bs '100': use" '[run]\nbs = 100\n'
refused "s.ini:2: rw 'mix:101'" '[run]\nrw = mix:101\n'
refused "s.ini:2: completion 'both': use interrupt or poll" '[run]\ncompletion = interrupt, both\n'
refused "s.ini:2: section 'runs'" '[runs]\nbs = 4k\n'
refused "no target 'blq'" '[run]\ntarget = blq\n'
refused "s.ini:2: not KEY = VALUE" '[run]\nwhat is this\n'
refused "s.ini:2: target 'mine': use type = and command =" '[target mine]\ntype = blk\n'
refused "s.ini:2: command '/bin/true': use a command line with \{socket\}" '[target mine]\ncommand = /bin/true\n'
refused "s.ini:2: time '0': use" '[run]\ntime = 0\n'
refused "s.ini:2: ring-size '100': use a power of two" '[run]\nring-size = 100\n'
refused "--set depth: '0': use 1 to 1024|--set depth '0'" '[run]\n' --set depth=0
refused "KEY=VALUE" '[run]\n' --set depth
refused "--set" '[run]\n' --blocks none
"$VIOPERF" run no-such.ini >out.txt 2>err.txt
[ $? -eq 2 ] || { echo "a scenario that is not there"; exit 1; }
grep -q 'no-such.ini: No such file' err.txt || { cat err.txt; exit 1; }
"$VIOPERF" run --resume "$dir" >out.txt 2>err.txt
[ $? -eq 2 ] || { echo "resume of what is no run"; exit 1; }
head -c 4096 /dev/urandom >s.ini
"$VIOPERF" run s.ini --out out >out.txt 2>err.txt
[ $? -eq 2 ] || { echo "random bytes: exit $?"; exit 1; }

for c in run list scenario report compare device load trace; do
	"$VIOPERF" $c --help >out.txt || { echo "$c --help: exit $?"; exit 1; }
	grep -q 'Usage: vioperf '$c out.txt || { echo "$c --help says nothing"; exit 1; }
done
"$VIOPERF" list --format json | python3 -c '
import json, sys
l = json.load(sys.stdin)
names = [t["name"] for t in l["targets"]]
assert {"blk", "qsd-blk", "null"} <= set(names), names
for kind in l.values():
	for t in kind:
		assert t["status"] == "usable" or t["reason"], t
' || exit 1
# Nothing is installed: the reason and the package are named.
PATH=/nowhere "$VIOPERF" list --targets | grep -q 'qsd-blk.*not installed.*qemu-system-common' ||
	{ echo "the missing package is not named"; exit 1; }
echo "refused as they should be"
