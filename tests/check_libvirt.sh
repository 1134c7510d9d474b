#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf scenario --from-libvirt on domains as they are in the world, and on
# documents that want more than to be read.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "$*"; exit 1; }

make_scenario() { # make_scenario NAME: tests/libvirt/NAME.xml into s.ini
	"$VIOPERF" scenario --from-libvirt "$here/libvirt/$1.xml" >s.ini 2>err.txt ||
		fail "$1.xml: exit $?: $(cat err.txt)"
	[ -s err.txt ] && fail "$1.xml: it warns: $(cat err.txt)"
	name=$1
}
says() { grep -qxF -- "$1" s.ini || fail "$name.xml: no line '$1' in: $(cat s.ini)"; }
lacks() { grep -qE -- "$1" s.ini && fail "$name.xml: '$1' in: $(cat s.ini)"; }
lists() { # lists TARGET...: each stands in the key target
	for t in "$@"; do
		sed -n 's/^target = //p' s.ini | tr , '\n' | grep -qx " *$t" ||
			fail "$name.xml: no target $t"
	done
}

make_scenario server
says ';   disk vda: bus virtio, source file, driver qemu, format qcow2, cache none, io native, queues 4, with an iothread'
says ';     = qemu-virtio-blk+iothread+native, queues 4, ring-size 256'
says ";     but: driver type='qcow2': a run's disk is raw, with no tables to look up"
says ';   disk sdd: bus sata, device cdrom, source empty, driver qemu'
says ';     not measured: a CD-ROM'
says ';     not measured: this model of SCSI controller has no target'
says ';   interface 52:54:00:aa:00:05: type direct, model ne2k_pci'
says ';     not measured: this model has no target'
says ';   hostdev usb (1)'
says ';   filesystem mount (1)'
says ';   qemu:commandline with 2 arguments'
says 'name = libvirt-db-server.prod'
says 'reference = qemu-virtio-blk+iothread+native, qemu-virtio-net+vhost, qemu-virtio-rng, qemu-virtio-balloon'
says 'driver = qemu'
says 'backing = file'
says 'vcpus = 4'
says 'queues = 4'
says 'queues = 2'
lists qemu-virtio-blk+io_uring+writeback blk qemu-virtio-net \
	qemu-virtio-scsi+directsync+iothread+threads
# An element of a foreign namespace is none of libvirt's.
lacks 'vdz'

make_scenario legacy
says 'reference = qemu-ide+threads+writeback, qemu-rtl8139+slirp'
says 'queues = 1'
says ';   interface vnet9: type network, no model, so rtl8139'
says ';   memballoon: model none'
lists qemu-ahci+native qemu-e1000 qemu-vmxnet3 qemu-rtl8139 \
	qemu-virtio-blk+threads+writeback blk qemu-virtio-net+slirp qemu-virtio-net+vhost
lacks '^target.*(balloon|rng)'

make_scenario minimal
says 'accelerator = tcg'
says 'vcpus = 1'
says 'reference = qemu-virtio-blk+threads+writeback, qemu-virtio-rng+builtin, qemu-virtio-balloon'
lacks '^traffic'

make_scenario vhostuser
says ';     = qsd-blk, queues 8, ring-size 128 (standing for a back end that is not QEMU'"'"'s)'
says 'vcpus = 64'
says 'queues = 8'
says 'queues = 64'
says 'event-idx = off'
says 'packed = on'
says 'ring-size = 512'

refused() { # refused STATUS WHAT-IT-MUST-SAY FILE
	timeout 20 "$VIOPERF" scenario --from-libvirt "$3" --out out.ini >out.txt 2>err.txt
	local ret=$?
	[ $ret -eq "$1" ] || fail "exit $ret, not $1: $3: $(cat err.txt)"
	grep -qE -- "$2" err.txt || fail "no '$2' in: $(cat err.txt)"
	[ "$(wc -l <err.txt)" -eq 1 ] || fail "more than a line: $(cat err.txt)"
	[ -e out.ini ] && fail "$3: something was written"
	return 0
}

refused 1 'diskless.*no device' "$here/libvirt/none.xml"
refused 2 'no-such.xml: No such file' no-such.xml
refused 2 'directory' .
: >empty.xml
refused 2 'empty.xml: empty' empty.xml
refused 2 'larger than 16 MiB' /dev/zero
printf '<domain>\n<devices>\n<disk>\n</devices></domain>' >bad.xml
refused 2 'bad.xml:4: not well-formed XML: .*disk' bad.xml
head -c 3000 "$here/libvirt/server.xml" >cut.xml
refused 2 'cut.xml:[0-9]+: not well-formed' cut.xml
printf '<domain>\n<name>\xff\xfe</name></domain>' >bytes.xml
refused 2 'bytes.xml:2: not well-formed' bytes.xml
head -c 4096 /dev/urandom >noise.xml
refused 2 'not well-formed' noise.xml
echo '<network><name>default</name></network>' >net.xml
refused 2 'net.xml: the root is <network>.*virsh dumpxml' net.xml
echo '<domain xmlns="urn:x"/>' >ns.xml
refused 2 'of a namespace' ns.xml
printf '<domain>\n<vcpu>two</vcpu></domain>' >two.xml
refused 2 "two.xml:2: vcpu 'two': not a number" two.xml
printf '<domain><vcpu>99999999999999999999</vcpu></domain>' >many.xml
refused 2 'not a number up to' many.xml
echo '<domain><qemu:commandline/></domain>' >prefix.xml
refused 2 'Namespace prefix qemu' prefix.xml
{ for _ in $(seq 300); do printf '<a>'; done; } >deep.xml
refused 2 'not well-formed' deep.xml
gzip -c "$here/libvirt/server.xml" >packed.xml
refused 2 'not well-formed' packed.xml

# Nothing but the file itself is read: a FIFO that is opened would hang, and
# what stands in a secret must come out nowhere.
mkfifo trap.dtd
echo 'name-from-a-secret' >secret
cat >external.xml <<END
<!DOCTYPE domain SYSTEM "file://$dir/trap.dtd" [
<!ENTITY x SYSTEM "file://$dir/secret">
<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; ]>
<domain><name>&x;</name><devices><disk><target dev='vda'/></disk></devices></domain>
END
refused 2 'external.xml:1: a DOCTYPE: refused' external.xml
grep -q secret out.txt && fail "a secret came out"
{
	echo '<?xml version="1.0"?><!DOCTYPE domain ['
	echo '<!ENTITY l0 "lollollollol">'
	for i in $(seq 12); do
		e="&l$((i - 1));"
		echo "<!ENTITY l$i '$e$e$e$e$e$e$e$e$e$e'>"
	done
	echo ']><domain><name>&l12;</name></domain>'
} >laughs.xml
(ulimit -v 400000; refused 2 'a DOCTYPE: refused' laughs.xml) || exit 1
cat >xinclude.xml <<END
<domain xmlns:xi='http://www.w3.org/2001/XInclude'><name>n</name>
<xi:include href="$dir/trap.dtd"/>
<devices><disk><target dev='vda'/></disk></devices></domain>
END
timeout 20 "$VIOPERF" scenario --from-libvirt xinclude.xml >s.ini ||
	fail "xinclude: exit $?"
if command -v strace >/dev/null; then
	strace -f -e trace=%file,%network -o trace.txt \
		"$VIOPERF" scenario --from-libvirt external.xml 2>/dev/null
	grep -q external.xml trace.txt || fail "strace saw nothing"
	grep -E 'trap.dtd|/secret"|socket\(|connect\(' trace.txt &&
		fail "more than the file was opened"
else
	echo "skipped part: strace is not installed: what is opened was not seen"
fi

# A name that holds a line break must not become a line of the scenario.
cat >inject.xml <<'END'
<domain type='kvm'><name>a&#10;[target x]&#10;command = /bin/true {socket}</name>
<devices><disk><target dev='vda&#10;[run]&#10;seed = 7' bus='virtio'/>
<driver cache='none&#13;&#10;note = owned' io='native&#x9b;31m' discard='unmap&#10;note = owned'/>
<novel a='&#10;[run]&#10;seed = 8'>&#10;seed = 9</novel></disk></devices></domain>
END
name=inject
"$VIOPERF" scenario --from-libvirt inject.xml >s.ini || fail "inject: exit $?"
lacks '^ *(\[target|command|seed|note)'
[ "$(grep -c '^\[' s.ini)" -eq 1 ] || fail "a section was injected"
LC_ALL=C grep -qP '[^\x20-\x7e]' s.ini && fail "bytes that do not print"

# Many disks, alike, are one comment; more than any domain has are refused.
disks() {
	echo '<domain><name>m</name><vcpu>2</vcpu><devices>'
	for i in $(seq "$1"); do
		echo "<disk type='file'><source file='/d/$i'/><target dev='vd$i' bus='virtio'/></disk>"
	done
	echo '</devices></domain>'
}
disks 2000 >many.xml
name=many
timeout 10 "$VIOPERF" scenario --from-libvirt many.xml >s.ini || fail "2000 disks: exit $?"
says ';   disk vd1, vd2, vd3, vd4, vd5, vd6, vd7, vd8 and 1992 more: bus virtio, source file'
disks 4096 | awk '{ sub(/<source/, "<driver turbo=\"" NR "\"/><source"); print }' >many.xml
timeout 20 "$VIOPERF" scenario --from-libvirt many.xml >s.ini || fail "4096 disks: exit $?"
says ';   3897 more kinds of devices: not shown, but planned for'
[ "$(wc -c <s.ini)" -lt 1000000 ] || fail "more than a scenario takes"
disks 4097 >many.xml
refused 2 'more than 4096 elements <disk>' many.xml

# Another hypervisor has other devices.
for t in bhyve xen vz lxc vmware test; do
	echo "<domain type='$t'><name>d</name><devices><disk><target dev='vda'/></disk></devices></domain>" >foreign.xml
	refused 1 "of type '$t': its devices are not QEMU's" foreign.xml
done

# More queues than one list takes, each disk once as it is.
{
	echo "<domain type='kvm'><name>m</name><vcpu>20</vcpu><devices>"
	for i in $(seq 17); do
		echo "<disk><driver queues='$i'/><source/><target dev='vd$i' bus='virtio'/></disk>"
	done
	echo '</devices></domain>'
} >seventeen.xml
name=seventeen
timeout 10 "$VIOPERF" scenario --from-libvirt seventeen.xml >s.ini || fail "17 queues: exit $?"
says 'queues = 1'
says 'queues = 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17'

# From standard input; to a file, which then holds the same.
"$VIOPERF" scenario --from-libvirt - <"$here/libvirt/server.xml" >s.ini || fail "stdin: exit $?"
"$VIOPERF" scenario --from-libvirt "$here/libvirt/server.xml" --out o.ini >out.txt || fail "--out: exit $?"
grep -qE '^o.ini: Up to [0-9]+ cells in 6 blocks, .* about [0-9]+ (min|h|s).* under KVM, .* emulated' out.txt ||
	fail "how long it takes is not said: $(cat out.txt)"
grep -qF "; $(sed 's/^o.ini: //' out.txt)." o.ini || fail "nor in the scenario: $(cat o.ini)"
cmp s.ini o.ini || exit 1
cp "$here/libvirt/server.xml" own.xml
"$VIOPERF" scenario --from-libvirt own.xml --out ./own.xml 2>err.txt
[ $? -eq 1 ] || fail "a domain was overwritten"
cmp own.xml "$here/libvirt/server.xml" || exit 1
"$VIOPERF" scenario --from-libvirt "$here/libvirt/server.xml" --out no/such/o.ini 2>err.txt
[ $? -eq 1 ] || fail "--out into nowhere"
grep -q 'no/such/o.ini: .*No such' err.txt || fail "$(cat err.txt)"
"$VIOPERF" scenario --from-libvirt "$here/libvirt/server.xml" >/dev/full 2>/dev/null
[ $? -eq 1 ] || fail "a full disk went unnoticed"
"$VIOPERF" scenario >out.txt 2>&1
[ $? -eq 2 ] || fail "no --from-libvirt"
echo "domains become scenarios, and nothing else is read"
