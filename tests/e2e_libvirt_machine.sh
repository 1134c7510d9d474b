#!/bin/bash
# SPDX-License-Identifier: MIT
# Of every machine type that the QEMU here has: a disk whose domain says nothing
# of queues and ring is planned with those that QEMU gives it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
for p in qemu-system-x86_64 python3; do
	command -v $p >/dev/null || { echo "$p is not installed"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
exec python3 "$here/libvirt_machine.py" "$VIOPERF"
