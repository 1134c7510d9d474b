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
refused "s.ini:2: bs '32m': use a size, a multiple of 512 up to 16m" '[run]\nbs = 32m\n'
refused "s.ini:2: rate '0.4': use whole requests" '[run]\nrate = 0.4\n'
refused "s.ini:2: depth '0.6'" '[run]\ndepth = 0.6\n'
refused "s.ini:2: warmup '0.4ns'" '[run]\nwarmup = 0.4ns\n'
refused "s.ini:2: allow-errors '-1': use a number" '[run]\nallow-errors = -1\n'
refused "allow-errors '3': verify cannot go on" '[run]\nverify = on\nallow-errors = 3\n'
refused "s.ini:2: completion 'both': use interrupt or poll" '[run]\ncompletion = interrupt, both\n'
refused "s.ini:2: section 'runs'" '[runs]\nbs = 4k\n'
refused "s.ini:3: unknown key 'dept': .*did you mean 'depth'" '[run]\nbs = 4k\ndept = 1\n'
refused "s.ini:3: depth is given in line 2 already" '[run]\ndepth = 1\ndepth = 2\n'
refused "s.ini:2: depth '1': the same value twice" '[run]\ndepth = 1, 01\n'
refused "s.ini:2: depth '': use" '[run]\ndepth = 1,,2\n'
refused "s.ini:2: no target 'bkl'.*did you mean 'blk'" '[run]\ntarget = bkl\n'
refused "has no option '\+pollmax'.*did you mean 'poll-max'" '[run]\ntarget = blk+pollmax=0\n'
refused "s.ini:2: no target 'blkk'.*did you mean 'blk'" '[run]\nreference = blkk\n'
refused "s.ini:3: reference 'blk': use a target of this run" '[run]\ntarget = qsd-blk\nreference = blk\n'
refused "bs '32m': use .*up to 16m" '[run]\nbs = 32m\n'
refused "--set reference 'qsd-blk'" '[run]\n' --set reference=qsd-blk
refused "traffic says nothing of any cell" '[run]\ntraffic = ping\n'
refused "vcpus says nothing of any cell" '[run]\n' --set vcpus=2
refused "--set depth: given twice" '[run]\n' --set depth=1 --set depth=2
refused "no cell can be run: .*are too few" '[run]\nbacking = ram:4k\nbs = 8k\n'
refused "no cell can be run: .*there is no interrupt" '[run]\ntarget = null\n'
refused "command: nothing is filled in for \{sokcet\}.*did you mean '\{socket\}'" \
	'[run]\ntarget = m\n[target m]\ntype = blk\ncommand = x {socket} {sokcet}\n'
export VIOPERF_DISK=$dir/nowhere
refused "VIOPERF_DISK: .*nowhere: No such file" '[run]\nbacking = file\nfile-size = 1m\n'
export VIOPERF_DISK=/dev/shm
[ "$(stat -f -c %T /dev/shm)" = tmpfs ] && uname -r | awk -F. '{ exit !($1 < 6 || ($1 == 6 && $2 < 6)) }' &&
	refused "VIOPERF_DISK: /dev/shm: cannot hold" '[run]\nbacking = file\nfile-size = 1m\n'
unset VIOPERF_DISK
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
for typo in kikc-path kick-pat; do
	"$VIOPERF" run $typo >out.txt 2>err.txt
	[ $? -eq 2 ] && grep -q "did you mean 'kick-path'" err.txt ||
		{ echo "scenario $typo"; cat err.txt; exit 1; }
done
"$VIOPERF" rnu >out.txt 2>err.txt
[ $? -eq 2 ] && grep -q "did you mean 'run'" err.txt || { echo "rnu"; exit 1; }
VIOPERF_DIKS=/tmp "$VIOPERF" run self --dry-run >out.txt 2>err.txt &&
	grep -q "VIOPERF_DIKS.*did you mean 'DISK'" err.txt ||
	{ echo "an unknown setting is not named"; cat err.txt; exit 1; }

# --dry-run says what would be, and leaves nothing.
printf '[run]\ntarget = blk, qsd-blk, null\nbacking = null, ram\ntraced = no\nblocks = 3\ntime = 1s\nwarmup = 1s\n' >dry.ini
mkdir empty && cd empty && PATH=/nowhere "$VIOPERF" run ../dry.ini --dry-run >../out.txt || exit 1
[ -z "$(ls -A)" ] || { echo "a dry run left something"; ls -A; exit 1; }
cd ..
for want in '^2 cells in 3 blocks: about 1[0-9] s' \
	'^  blk .*null  4k randread depth 1 .*interrupt$' \
	'^  qsd-blk .*not installed; install the package qemu-system-common' \
	'^  qsd-blk .*ram .*no such backing' '^  null .*no interrupt' \
	'^packages: qemu-system-common$'; do
	grep -qE "$want" out.txt || { echo "dry run: no '$want'"; cat out.txt; exit 1; }
done
head -c 4096 /dev/urandom >s.ini
"$VIOPERF" run s.ini --out out >out.txt 2>err.txt
[ $? -eq 2 ] || { echo "random bytes: exit $?"; exit 1; }

# Nothing is rounded to 0, which means no limit, by any command.
odd() { # odd ARGS...: exit 2
	timeout 20 "$VIOPERF" "$@" >out.txt 2>err.txt
	[ $? -eq 2 ] && grep -q 'expected' err.txt ||
		{ echo "$*: not refused"; cat err.txt; exit 1; }
}
odd device blk --socket s --poll-max 0.4ns
odd device blk --socket s --service 0.0000000001
odd device blk --socket s --queues 0.6
odd device blk --socket s --stamps-every 1.5
odd trace --pid 1 --time 0.4ns
odd trace --pid 1 --events 0.6

for c in run list scenario report compare device load guest trace; do
	"$VIOPERF" $c --help >out.txt || { echo "$c --help: exit $?"; exit 1; }
	grep -q 'Usage: vioperf '$c out.txt || { echo "$c --help says nothing"; exit 1; }
done
"$VIOPERF" list --format json | python3 -c '
import json, sys
l = json.load(sys.stdin)
names = [t["name"] for t in l["targets"]]
assert {"blk", "qsd-blk", "null"} <= set(names), names
scenarios = l.pop("scenarios")
assert {"default", "kick-path", "self"} <= {s["name"] for s in scenarios}
assert all(s["what"].endswith(".") for s in scenarios), scenarios
assert {o["name"] for o in l["targets"][0]["options"]} >= {"poll-max=TIME"}
for kind in l.values():
	for t in kind:
		assert t["status"] == "usable" or t["reason"], t
' || exit 1
# Nothing is installed: the reason and the package are named.
PATH=/nowhere "$VIOPERF" list --targets | grep -q 'qsd-blk.*not installed.*qemu-system-common' ||
	{ echo "the missing package is not named"; exit 1; }
echo "refused as they should be"
