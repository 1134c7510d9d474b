# SPDX-License-Identifier: MIT
# Sourced: $libvirt_targets, every target that libvirt elements are known for,
# with combinations of its options.
libvirt_target() { # libvirt_target NAME OPTION...: as scenarios write it
	local name=$1
	shift
	printf '%s' "$name"
	[ $# -eq 0 ] || printf '%s\n' "$@" | LC_ALL=C sort | sed 's/^/+/' | tr -d '\n'
	echo
}

libvirt_targets="blk qsd-blk null"
for aio in "" io_uring native threads; do
	caches=("")
	[ "$aio" = threads ] && caches+=(directsync unsafe writeback writethrough)
	for cache in "${caches[@]}"; do
		for t in qemu-ide qemu-ahci qemu-nvme; do
			libvirt_targets+=" $(libvirt_target $t $aio $cache)"
		done
		for t in qemu-virtio-blk qemu-virtio-scsi; do
			libvirt_targets+=" $(libvirt_target $t $aio $cache)"
			libvirt_targets+=" $(libvirt_target $t $aio $cache iothread)"
		done
	done
done
for slirp in "" +slirp; do
	libvirt_targets+=" qemu-virtio-net$slirp qemu-e1000$slirp qemu-e1000e$slirp"
	libvirt_targets+=" qemu-rtl8139$slirp qemu-vmxnet3$slirp"
done
libvirt_targets+=" qemu-virtio-net+vhost qemu-virtio-rng"
libvirt_targets+=" qemu-virtio-rng+builtin qemu-virtio-balloon"
