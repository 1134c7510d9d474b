#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc, optimising all files as one, has nothing to warn of, and what it built
# runs.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -s -C "$here" -j"$(nproc)" BUILD="$dir" CC=gcc \
	OPT="-O3 -flto=$(nproc) -Werror" all >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; exit 1; }
"$dir/vioperf" load --in-process --time 20ms --warmup 0s
