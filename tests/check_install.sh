#!/bin/sh
# SPDX-License-Identifier: MIT
# make install puts program, man pages and scenarios under DESTDIR and PREFIX.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -s -C "$here" install DESTDIR="$dir" PREFIX=/opt/v BUILD="$(dirname "$VIOPERF")" \
	>"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
"$dir/opt/v/bin/vioperf" --version | grep -q '^vioperf '
for c in run list scenario report compare device load trace; do
	[ -s "$dir/opt/v/share/man/man1/vioperf-$c.1" ] ||
		{ echo "no man page of vioperf $c"; exit 1; }
done
[ -s "$dir/opt/v/share/vioperf/scenarios/default.ini" ]
# … and the program finds them by name, from wherever it is started.
cd "$dir"
"$dir/opt/v/bin/vioperf" list --scenarios >out
for s in default kick-path polling qemu-blk qemu-net qemu-other self; do
	grep -q "^  $s  *[A-Z].*\.\$" out || { echo "$s is not listed"; cat out; exit 1; }
done
"$dir/opt/v/bin/vioperf" run self --dry-run | grep -q '^2 cells in 6 blocks' ||
	{ echo "vioperf run self"; exit 1; }
