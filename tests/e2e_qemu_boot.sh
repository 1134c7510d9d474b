#!/bin/bash
# SPDX-License-Identifier: MIT
# A client that we did not write: SeaBIOS in a stock QEMU, under TCG, boots
# from our block device. Its boot sector reads sector 1 of the disk, writes it
# to sector 2, prints it on the serial port and leaves by isa-debug-exit.
set -u
for tool in qemu-system-x86_64 as objcopy; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
dir=$(mktemp -d)
device=
finish() {
	[ -n "$device" ] && kill "$device" 2>/dev/null && wait "$device"
	rm -rf "$dir"
}
trap finish EXIT

cat >"$dir/boot.s" <<'EOF'
	.code16
	.globl _start
_start:	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7c00, %sp
	mov $0x0201, %ax	# read one sector
	mov $0x0002, %cx	# the second of the disk
	xor %dh, %dh
	mov $0x7e00, %bx
	int $0x13
	jc fail
	mov $0x0301, %ax	# write one sector
	mov $0x0003, %cx	# the third
	xor %dh, %dh
	int $0x13
	jc fail
	mov $0x7e00, %si
next:	lodsb
	test %al, %al
	jz good
	mov $0x3f8, %dx
	outb %al, %dx
	jmp next
good:	mov $0x31, %al		# QEMU exits with 2 * 0x31 + 1
	jmp leave
fail:	mov $0x32, %al
leave:	mov $0xf4, %dx
	outb %al, %dx
	hlt
	.org 510
	.word 0xaa55
EOF
as --32 -o "$dir/boot.o" "$dir/boot.s" &&
	objcopy -O binary -j .text "$dir/boot.o" "$dir/boot.bin" || exit 1

text="vioperf boots $$"
boot() { # boot BACKING-SUFFIX
	truncate -s 0 "$dir/disk" && truncate -s 16M "$dir/disk"
	dd if="$dir/boot.bin" of="$dir/disk" conv=notrunc status=none
	printf '%s\0' "$text" |
		dd of="$dir/disk" bs=512 seek=1 conv=notrunc status=none
	"$VIOPERF" device blk --socket "$dir/sock" \
		--backing "file:$dir/disk$1" --record "$dir/device.json" \
		2>"$dir/device.err" &
	device=$!
	for _ in $(seq 100); do [ -S "$dir/sock" ] && break; sleep 0.05; done
	timeout 60 qemu-system-x86_64 -accel tcg -m 64 -nodefaults \
		-machine q35,memory-backend=mem \
		-object memory-backend-memfd,id=mem,size=64M,share=on \
		-chardev socket,id=blk,path="$dir/sock" \
		-device vhost-user-blk-pci,chardev=blk,bootindex=1 \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-display none -serial file:"$dir/serial" -no-reboot \
		>"$dir/qemu.log" 2>&1
	ret=$?
	[ $ret -eq 99 ] || {
		echo "QEMU exited with $ret, not 99"
		cat "$dir/qemu.log" "$dir/device.err"
		exit 1
	}
	grep -q "$text" "$dir/serial" || { echo "nothing on the serial port"; exit 1; }
	kill -TERM "$device"
	wait "$device" || { echo "the device exits with $?"; exit 1; }
	device=
	[ -e "$dir/sock" ] && { echo "the socket is left behind"; exit 1; }
	cmp -n 512 "$dir/disk" "$dir/disk" 512 1024 ||
		{ echo "what was written is not what was read"; exit 1; }
	grep -q '"requests": [1-9]' "$dir/device.json" ||
		{ echo "the device counted no requests"; exit 1; }
	echo "booted from file$1"
}

boot ""
# O_DIRECT works where the folder's file system has it.
if dd if="$dir/disk" of=/dev/null iflag=direct count=1 status=none 2>/dev/null; then
	boot ",direct"
fi

# A device that was killed leaves its socket file; the next one takes over.
"$VIOPERF" device blk --socket "$dir/sock" & device=$!
for _ in $(seq 100); do [ -S "$dir/sock" ] && break; sleep 0.05; done
kill -9 "$device"; wait "$device" 2>/dev/null
boot ""
