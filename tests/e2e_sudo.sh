#!/bin/bash
# SPDX-License-Identifier: MIT
# Under sudo nothing in a user's checkout becomes root's: neither what is
# built, nor logs of tests, nor results; also when a run is stopped or fails.
set -u
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
user=65534
copy=$dir/checkout

fail() {
	echo "FAILED: $*"
	cat "$dir/log" 2>/dev/null
	exit 1
}

# all_users WHAT: nothing in the checkout is root's
all_users() {
	left=$(find "$copy" ! -user $user -o ! -group $user)
	[ -z "$left" ] || fail "$1 leaves root's:" $left
}

as_sudo() {
	(cd "$copy" && umask 022 &&
		SUDO_UID=$user SUDO_GID=$user LOGS_OWNER='' "$@") >"$dir/log" 2>&1
}

mkdir "$copy"
(cd "$here" && tar -c --exclude=./results/2* --exclude=./results/latest \
	--exclude=./.build/asan --exclude=./.build/tsan --exclude=./.git .) |
	tar -x -C "$copy"
# A source is newer than its object, one thing is not there at all.
rm -f "$copy/.build/bench/embedded.o" "$copy/.build/guest/init"
touch "$copy/lib/err.c"
chown -hR $user:$user "$copy"

as_sudo make run SCENARIO=self \
	RUN_FLAGS="--blocks 1 --set time=200ms --set warmup=0s" ||
	fail "make run"
[ -x "$copy/.build/guest/init" ] || fail "not built"
[ -e "$copy/results/latest/report.html" ] || fail "no report"
all_users "make run"

cat >"$copy/tests/check_nothing.sh" <<'END'
#!/bin/sh
[ "$(id -u)" -eq 0 ]
END
chmod 755 "$copy/tests/check_nothing.sh"
chown $user:$user "$copy/tests/check_nothing.sh"
as_sudo tests/run.sh .build/tests tests/check_nothing.sh || fail "no root in a test"
rm -rf "$copy/.build/tests"
as_sudo make tests-check UNIT_BIN= TSAN_BIN= \
	CHECKS=tests/check_nothing.sh || fail "tests as root"
[ -e "$copy/.build/tests/check_nothing.log" ] || fail "no log"
all_users "make test"

as_sudo make install PREFIX=/usr DESTDIR="$dir/root" || fail "make install"
[ "$(stat -c %u "$dir/root/usr/bin/vioperf")" -eq 0 ] || fail "not root's"
all_users "make install"

# By hand, stopped: from the first record on.
vioperf=$copy/.build/vioperf
(cd "$copy" && exec env SUDO_UID=$user SUDO_GID=$user "$vioperf" run self \
	--out mine --blocks 100 --set time=50ms --no-report) >"$dir/log" 2>&1 &
pid=$!
for n in $(seq 200); do
	[ -n "$(ls "$copy/mine/records" 2>/dev/null)" ] && break
	sleep 0.05
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "Ctrl-C"
all_users "a run that is stopped"

# A link to a file of root's, put where a result is, gives nobody that file.
echo secret >"$dir/secret"
ln "$dir/secret" "$copy/mine/logs/link"
ln -s "$dir/secret" "$copy/mine/logs/symlink"
as_sudo "$vioperf" run --resume mine --no-report --blocks 1 && fail "usage"
as_sudo timeout -s INT 1 "$vioperf" run --resume mine --no-report
[ "$(stat -c %u "$dir/secret")" -eq 0 ] || fail "root's file is given away"

# A folder that is not the user's stays root's.
mkdir "$dir/roots"
as_sudo "$vioperf" run self --out "$dir/roots/run" --blocks 1 \
	--set time=200ms --set warmup=0s --no-report || fail "elsewhere"
[ -z "$(find "$dir/roots" -user $user)" ] || fail "root's folder is given away"
echo "what is made under sudo is the user's"
