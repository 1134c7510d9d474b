#!/bin/bash
# SPDX-License-Identifier: MIT
# What vioperf list --libvirt prints is valid by libvirt's own schema, and so
# are the domains that the tests read.
set -u
here=$(cd "$(dirname "$0")" && pwd)
schema=${LIBVIRT_SCHEMAS:-/usr/share/libvirt/schemas}/domain.rng
[ -r "$schema" ] || { echo "$schema is not there: install libvirt0"; exit 77; }
for p in xmllint python3; do
	command -v $p >/dev/null || { echo "$p is not installed"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck source=/dev/null
. "$here/libvirt_targets.sh"

files=()
for t in $libvirt_targets; do
	"$VIOPERF" list --libvirt "$t" >"$dir/element" || exit 1
	xmllint --noout "$dir/element" || { cat "$dir/element"; exit 1; }
	machine=q35
	case $t in qemu-ide*) machine=pc ;; esac
	python3 "$here/libvirt_wrap.py" $machine <"$dir/element" >"$dir/$t.xml" || exit 1
	files+=("$dir/$t.xml")
done
# The schema does refuse what is wrong.
sed "s/bus=.virtio./bus='vertical'/" "$dir/qemu-virtio-blk.xml" >"$dir/wrong"
xmllint --noout --relaxng "$schema" "$dir/wrong" 2>/dev/null &&
	{ echo "the schema takes anything"; exit 1; }
xmllint --noout --relaxng "$schema" "${files[@]}" "$here"/libvirt/*.xml || exit 1
echo "$((${#files[@]})) targets valid by $schema"
