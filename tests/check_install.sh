#!/bin/sh
# SPDX-License-Identifier: MIT
# What make install puts under DESTDIR and PREFIX runs from there; make
# uninstall takes away exactly that.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build=$(dirname "$VIOPERF")

fail() {
	echo "FAILED: $*"
	exit 1
}

# into PREFIX TARGET
into() {
	make -s -C "$here" "$2" DESTDIR="$dir/root" PREFIX="$1" BUILD="$build" \
		>"$dir/log" 2>&1 || { cat "$dir/log"; fail "make $2"; }
}

for prefix in /usr /opt/v; do
	to=$dir/root$prefix
	share=$to/share
	# a machine that has other things there
	mkdir -p "$to/bin" "$share/man/man1" "$share/doc/other" \
		"$share/vioperf-data"
	echo other | tee "$to/bin/other" "$share/man/man1/vioperf-other.1" \
		"$share/doc/other/method.md" >/dev/null
	(cd "$dir/root" && find . | sort) >"$dir/before"
	into $prefix install

	mkdir -p "$dir/elsewhere"
	cd "$dir/elsewhere"
	"$to/bin/vioperf" --version | grep -q '^vioperf ' || fail "--version"
	for scenario in "" self "$share/vioperf/scenarios/self.ini"; do
		rm -rf run
		"$to/bin/vioperf" run $scenario --out run --blocks 1 --set target=null \
			--set backing=null --set completion=poll --set depth=1 \
			--set reference=null --set traced=no --set time=300ms \
			--set warmup=0s --no-report >out 2>err ||
			{ cat out err; fail "installed: vioperf run $scenario"; }
	done
	"$to/bin/vioperf" run no-such >out 2>err && fail "no such scenario"
	grep -q 'no-such' err || { cat err; fail "no-such"; }
	"$to/bin/vioperf" list --scenarios >out
	for s in default kick-path polling qemu-blk qemu-net qemu-other self; do
		grep -q "^  $s  *[A-Z].*\.\$" out || { cat out; fail "$s is not listed"; }
	done
	"$to/bin/vioperf" run self --dry-run | grep -q '^4 cells in 6 blocks' ||
		fail "vioperf run self --dry-run"

	# Each command has a page; what pages cite is where they say.
	for c in $("$to/bin/vioperf" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		[ -s "$share/man/man1/vioperf-$c.1" ] ||
			fail "no man page of vioperf $c"
		grep -q "^\.BR vioperf-$c (1)" "$share/man/man1/vioperf.1" ||
			fail "vioperf(1) does not name vioperf-$c"
	done
	[ -s "$share/man/man1/vioperf-guest.1" ] || fail "no commands were found"
	grep -rhoE '[a-z./]*/share/(doc/)?vioperf[a-z/.-]*[a-z]' \
		"$share/man/man1" | sort -u >cited
	[ "$(wc -l <cited)" -ge 3 ] || fail "pages cite nothing"
	while read -r f; do
		case $f in "$prefix"/*) ;; *) fail "$f is cited, not of $prefix" ;; esac
		[ -s "$dir/root$f" ] || fail "$f is cited and not installed"
	done <cited
	for f in method design performance results; do
		[ -s "$share/doc/vioperf/$f.md" ] || fail "no $f.md"
	done
	if command -v man >/dev/null; then
		for f in "$here"/docs/*.1; do
			LC_ALL=C.UTF-8 man --warnings -l "$f" 2>warnings >out
			[ -s out ] && [ ! -s warnings ] ||
				{ cat warnings; fail "$f"; }
		done
	else
		echo "skipped part: man is not installed: no page was read"
	fi
	cd /
	into $prefix uninstall
	(cd "$dir/root" && find . | sort) | diff "$dir/before" - ||
		fail "uninstall is not the reverse of install"
	into $prefix uninstall # nothing there is no fault
done
echo "installed, run and uninstalled"
