# SPDX-License-Identifier: MIT
# Sourced: make_reading_disk FILE makes a disk whose boot sector reads from it
# for ever.
make_reading_disk() {
	cat >"$1.s" <<'EOF'
	.code16
	.globl _start
_start:	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7c00, %sp
again:	mov $0x0201, %ax	# read one sector
	mov $0x0002, %cx	# the second of the disk
	xor %dh, %dh
	mov $0x7e00, %bx
	int $0x13
	jmp again
	.org 510
	.word 0xaa55
EOF
	as --32 -o "$1.o" "$1.s" && objcopy -O binary -j .text "$1.o" "$1" &&
		truncate -s 16M "$1" || exit 1
}
