# SPDX-License-Identifier: MIT
# Sourced by the tests that boot a Linux guest: under TCG, so that they run
# anywhere and alike.
for tool in qemu-system-x86_64 busybox fio mkfs.ext4 iperf ip; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || {
		echo "$tool is not installed"; exit 77; }
done
dir=$(mktemp -d)
pids=
cleanup() {
	for p in $pids; do kill -9 "$p" 2>/dev/null; done
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

fail() {
	echo "FAILED: $*"
	tail -n 20 "$dir"/*.log "$dir"/*.err 2>/dev/null
	exit 1
}

# guest NAME OPTION...: run `vioperf guest`, output to $dir/NAME.out and .err.
# GUEST_KERNEL=FILE in the environment: that kernel instead of Debian's.
guest() {
	name=$1
	shift
	timeout 170 "$VIOPERF" guest --accelerator=tcg \
		${GUEST_KERNEL:+--kernel="$GUEST_KERNEL"} "$@" \
		>"$dir/$name.out" 2>"$dir/$name.err" </dev/null
}

# The kernel has to come from somewhere: without /boot's or Debian's archive
# there can be no guest.
"$VIOPERF" guest --probe --accelerator=tcg --format=json >"$dir/probe.json" \
	2>"$dir/probe.err" </dev/null || {
	echo "no guest here: $(tail -n 1 "$dir/probe.err")"; exit 77; }
