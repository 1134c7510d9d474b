#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf guest refuses what it cannot do before anything boots. With the
# program under ASan, so that what is too long is found out.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }

# usage WANT ARGS...: exit 2, saying WANT
usage() {
	want=$1
	shift
	timeout 20 "${VIOPERF_ASAN:-$VIOPERF}" guest "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] || fail "exit is not 2: $*: $(head -c 2000 "$dir/err")"
	grep -q -- "$want" "$dir/err" ||
		fail "\"$want\" is not in: $(head -c 2000 "$dir/err")"
}
long=$(printf '9%.0s' $(seq 5000))
for word in "mix:$long" "$long" mix: mix:101 mix:0.6 sideways; do
	usage 'mix:PERCENT_READ' --type=blk "--rw=$word"
done
usage 'libaio or io_uring' --type=blk "--engine=$long"
usage 'bounceback, ping or trip-times' --type=net --net-device=e1000 "--traffic=$long"
usage 'auto, kvm or tcg' --type=blk "--accelerator=$long"
usage 'tap, tap,vhost or user' --type=net --net-device=e1000 --net-backend=none
usage 'whole number from 1 to 1024' --type=blk --depth=0.6
usage 'whole number from 1 to 1024' --type=blk "--depth=$long"
usage 'whole ns' --type=blk --time=0.4ns
usage 'from 1ms on' --type=blk --time=0
usage 'from 1ms on' --type=blk --time=100us
usage 'warmup is 0, or at least 1ms' --type=blk --warmup=100us
usage 'at least 100ms' --type=net --net-device=e1000 --time=10ms
usage 'from 1ms on' --type=blk --hang-timeout=0
usage 'to 16MiB' --type=blk --bs=32m
usage 'smaller than bs' --type=blk --bs=8k --size=4k
usage 'share of all' --type=blk --allow-errors=x
usage 'leave --allow-errors out' --type=blk --verify --allow-errors=1
exit 0
