#!/bin/sh
# SPDX-License-Identifier: MIT
# clang builds all of it without a warning, tests too, and what it built runs.
set -eu
command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -s -C "$here" -j"$(nproc)" BUILD="$dir" CC=clang OPT=-O0 CFLAGS=-Werror \
	all >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
make -s -C "$here" BUILD="$dir" CC='clang -fsyntax-only' OPT=-O0 CFLAGS=-Werror \
	-j"$(nproc)" tests-objects >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
"$dir/vioperf" load --in-process --time 20ms --warmup 0s
