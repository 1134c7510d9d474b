#!/bin/bash
# SPDX-License-Identifier: MIT
# Run the commands of the README as they stand there.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(mktemp -d)
trap 'rm -rf "$bin"; rm -f /tmp/blk.sock' EXIT
ln -s "$VIOPERF" "$bin/vioperf"

[ -e /tmp/blk.sock ] && { echo "/tmp/blk.sock exists already"; exit 77; }

# Every ```sh block, in one shell, stopping at the first failure. `kill %1`
# needs job control; the device needs a moment before its first client, which
# a reader gives it by typing.
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$here/README.md" \
	>"$bin/commands"
[ "$(wc -l <"$bin/commands")" -ge 5 ] || { echo "no commands found"; exit 1; }
cd "$here" || exit 1
PATH=$bin:$PATH bash -m -e -o pipefail <(
	echo 'trap "kill %1 2>/dev/null || :" EXIT'
	# On a busy machine compare may be undecided (3): that is an answer, but
	# a regression (1) of our device against the daemon is none.
	sed -e 's/^\(vioperf compare .*\)$/s=0; \1 || s=$?; [ $s -eq 0 ] || [ $s -eq 3 ]/' \
		-e '/ &$/a sleep 0.5' "$bin/commands"
) || { echo "a command of the README failed"; exit 1; }
