# SPDX-License-Identifier: MIT
# Sourced: $libvirt_targets, every target that libvirt elements are known for,
# with combinations of its options.
libvirt_targets="blk qsd-blk null"
for aio in "" +native +io_uring +threads; do
	libvirt_targets+=" qemu-ide$aio qemu-ahci$aio qemu-nvme$aio"
	for iothread in "" +iothread; do
		libvirt_targets+=" qemu-virtio-blk$iothread$aio"
		libvirt_targets+=" qemu-virtio-scsi$iothread$aio"
	done
done
for slirp in "" +slirp; do
	libvirt_targets+=" qemu-virtio-net$slirp qemu-e1000$slirp qemu-e1000e$slirp"
	libvirt_targets+=" qemu-rtl8139$slirp qemu-vmxnet3$slirp"
done
libvirt_targets+=" qemu-virtio-net+vhost qemu-virtio-rng"
libvirt_targets+=" qemu-virtio-rng+builtin qemu-virtio-balloon"
