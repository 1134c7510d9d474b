#!/bin/bash
# SPDX-License-Identifier: MIT
# What a domain has and a run does not is said, setting by setting; what nobody
# here has heard of is said too.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "$*"; exit 1; }
says() { grep -qxF -- ";$1" s.ini || fail "no ';$1' in: $(cat s.ini)"; }

# Each note of tests/libvirt/tuned.xml, no more and no fewer.
"$VIOPERF" scenario --from-libvirt "$here/libvirt/tuned.xml" >s.ini || fail "tuned.xml: exit $?"
cat >want <<'END'
;   but: hugepages (page size='1' unit='G' nodeset='0'): a run's guest has none
;   but: nosharepages: not in a run
;   but: locked: not in a run
;   but: allocation mode='immediate': not in a run
;   but: memtune (hard_limit unit='GiB' 20): a run has no limits
;   but: blkiotune (weight 800): a run has no limits
;   but: vcpu cpuset='2-5': a run places its threads itself
;   but: defaultiothread thread_pool_min='8': not in a run
;   but: cputune (vcpupin vcpu='0' cpuset='2', emulatorpin cpuset='1', iothreadpin iothread='1' cpuset='6', emulator_quota 50000): a run places its threads itself
;   but: numatune (memory mode='strict' nodeset='0'): a run's memory is bound to no node
;   but: hyperv mode='custom' (relaxed state='on'): not in a run
;   but: kvm (hint-dedicated state='on', poll-control state='on'): not in a run
;   but: ioapic driver='qemu': interrupts take another way than in a run
;   but: cpu mode='custom': a run's guest has the host's CPU
;   but: topology sockets='1' dies='1' cores='2' threads='2': not in a run
;   but: numa (cell id='0' cpus='0-3' memory='16' unit='GiB'): not in a run
;   but: iommu model='intel' (driver intremap='on'): the devices' DMA is mapped; a run's is not
;     but: driver type='qcow2': a run's disk is raw, with no tables to look up
;     but: driver discard='unmap': a run sends no discards
;     but: driver detect_zeroes='unmap': a run looks for no zeroes
;     but: driver copy_on_read='on': not in a run
;     but: driver iommu='on': not in a run
;     but: driver ats='on': not in a run
;     but: driver page_per_vq='on': not in a run
;     but: encryption: a run's disk is in the clear
;     but: backingStore type='file' (format type='qcow2', source file='/var/lib/libvirt/images/base.qcow2', backingStore): a run's disk is one file, with none below
;     but: iotune (total_iops_sec 500, size_iops_sec 4096): throttled; a run is not
;     but: blockio logical_block_size='4096' physical_block_size='4096': a run's disk has QEMU's default sizes
;     but: iothread thread_pool_min='8': not in a run
;     but: iothread thread_pool_max='64': not in a run
;     but: driver ioeventfd='off': a run's kicks are ioeventfds
;     but: transient: not in a run
;     but: driver cmd_per_lun='16': not in a run
;     but: driver max_sectors='512': not in a run
;     but: driver ioeventfd='off': a run's kicks are ioeventfds
;     but: vlan (tag id='42'): not in a run
;     but: bandwidth (outbound average='1000'): limited; a run is not
;     but: driver txmode='iothread': not in a run
;     but: driver ioeventfd='off': a run's kicks are ioeventfds
;     but: driver queues='4': a run has one pair of queues
;     but: driver tx_queue_size='512': 256 in a run
;     but: host csum='off' gso='off': a run has QEMU's default offloads
;     but: guest csum='off': a run has QEMU's default offloads
;     but: filterref filter='clean-traffic': its packets are filtered; a run's are not
;     but: tune (sndbuf 1600): not in a run
;     but: mtu size='9000': a run's is QEMU's default
;     but: coalesce (rx (frames max='32')): not in a run
;     but: link state='down': not in a run
;     but: rate bytes='1024' period='1000': limited; a run is not
;     but: memballoon autodeflate='on': not in a run
;     but: memballoon freePageReporting='on': not in a run
;     but: stats period='10': a run asks for no statistics
END
grep '^; .*but: ' s.ini >got
diff want got || fail "tuned.xml: other notes than wanted"

domain() { # domain TYPE MACHINE OUTSIDE DEVICES: into s.ini
	echo "<domain type='$1' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>n</name><vcpu>4</vcpu>
<os><type arch='x86_64' machine='$2'>hvm</type></os>$3<devices>$4<memballoon model='none'/></devices></domain>" >d.xml
	"$VIOPERF" scenario --from-libvirt d.xml >s.ini 2>err.txt || fail "exit $?: $(cat d.xml err.txt)"
}
disk() { # disk DRIVER REST: a virtio disk
	echo "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' $1/><source file='/x'/>
<target dev='vda' bus='virtio'/>$2</disk>"
}

# Nothing to say of a plain one, however much of no matter it has.
domain kvm pc-q35-7.2 "<uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><on_crash>restart</on_crash>
<features><acpi/><apic/></features><cpu mode='host-passthrough' check='none' migratable='on'/><seclabel type='none'/>" \
	"$(disk "ioeventfd='on' discard='ignore' packed='off'" "<alias name='a'/><boot order='1'/><serial>S</serial><backingStore/>
<address type='pci' bus='0x04'/>")<video><model type='vga'/></video>
<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='b'/><target dev='v0'/><model type='virtio'/>
<driver name='vhost' queues='1' tx_queue_size='256'/><link state='up'/><address type='pci'/></interface>"
grep 'but' s.ini && fail "notes of a plain domain: $(cat s.ini)"

# What is not known, anywhere.
domain kvm pc-q35-7.2 "<novel a='1'><b>2</b></novel><features><acpi/><swift/></features>" \
	"$(disk "turbo='on'" "<novel c='3'/>")<unheard-of d='4'/><interface type='bridge'><source bridge='b'/>
<model type='virtio' e='5'/><novel/></interface><rng model='virtio' f='6'><backend model='random'>/dev/urandom</backend><novel/></rng>"
says "   but: novel a='1' (b 2): not in a run"
says "   but: swift: not in a run"
says "   but: unheard-of d='4': not in a run"
says "     but: driver turbo='on': not in a run"
says "     but: novel c='3': not in a run"
says "     but: model e='5': not in a run"
says "     but: novel: not in a run"
says "     but: rng f='6': not in a run"

# Confidential guests; and what goes past libvirt.
for t in sev sev-snp tdx s390-pv; do
	domain kvm q35 "<launchSecurity type='$t'><policy>0x3</policy></launchSecurity>" "$(disk "" "")"
	says "   but: launchSecurity type='$t' (policy 0x3): a confidential guest: its I/O is copied through bounce buffers, a run's is not"
done
domain kvm q35 "<qemu:override><qemu:device alias='a'/></qemu:override><qemu:commandline><qemu:arg value='-S'/></qemu:commandline>" "$(disk "" "")"
says "   but: qemu:override: it changes QEMU's devices; a run's are not changed"
says "   qemu:commandline with 1 arguments"
domain hvf q35 "" "$(disk "" "")"
says "   Its hypervisor, of macOS, is not measured: a run has KVM or emulates"

# The machine's own.
domain kvm pc-i440fx-2.6 "" "$(disk "queues='4'" "")"
says "   Virtio devices on PCI are legacy ones, as machines before QEMU 2.7 have them;"
says "     but: one interrupt for all queues, as machines before QEMU 2.12 have it: a run has one each"
domain kvm pc-q35-2.12 "" "$(disk "queues='4'" "")"
grep -E 'legacy|interrupt for|but' s.ini && fail "2.12 has none of these"
domain kvm q35 "" "$(disk "" "")"
says "   The machine names no version: where the domain says nothing, virtio's"
domain kvm made-up "" "$(disk "" "")"
says "   Machine made-up is not known: where the domain says nothing, virtio's defaults are"
domain kvm virt-8.0 "" "$(disk "" "<address type='virtio-mmio'/>")"
says "     but: on virtio-mmio: a run's is on PCI"
grep -qx 'queues = 1' s.ini || fail "MMIO has one queue: $(cat s.ini)"
domain kvm s390-ccw-virtio-8.0 "" "$(disk "" "")"
says "     but: on a channel (ccw): a run's is on PCI"

# What is taken, each as the domain has it.
poll() { # poll NS
	domain kvm q35 "<iothreads>2</iothreads><iothreadids><iothread id='1'/><iothread id='2'><poll max='$1' grow='3'/></iothread></iothreadids>" \
		"$(disk "iothread='2'" "")"
}
poll 50000
says "     = qemu-virtio-blk+iothread+poll-max=50us+threads, queues 4, ring-size 256"
says "     but: poll grow='3': a run's thread has QEMU's default"
poll 99999999999
says "     = qemu-virtio-blk+iothread+threads, queues 4, ring-size 256"
says "     but: iothread's poll max='99999999999': a run's thread has QEMU's default"
domain kvm q35 "" "<disk type='file'><driver cache='none'><iothreads><iothread id='1'/><iothread id='2'/></iothreads></driver><source file='/x'/><target dev='vda'/></disk>"
says "     but: iothreads (iothread id='1', iothread id='2'): a run's disk has one iothread"
domain kvm q35 "" "<disk type='file'><driver cache='writeback' io='native'/><source file='/x'/><target dev='vda'/></disk>"
says "     but: QEMU does not take this io with this cache: a run has cache='none'"
domain kvm q35 "" "$(disk "queue_size='2048'" "")"
says "     but: queue_size='2048': a run takes a power of two from 8 to 1024, here 256"
domain kvm q35 "" "<disk type='vhostuser'><driver queues='2' packed='on' cache='none' iothread='1'/><source type='unix' path='/s'/><target dev='vda'/></disk>"
says "     but: driver packed='on': its device has no such ring in a run"
says "     but: driver iothread='1': its device has no iothread in a run"
says "     = qsd-blk, queues 2, ring-size 128 (standing for a back end that is not QEMU's)"
domain kvm q35 "" "<disk type='network'><driver type='raw' cache='none' iothread='1'/><source protocol='nbd' name='x'><cookies><cookie name='c'>my-secret</cookie></cookies></source><auth username='u'><secret type='iscsi' usage='my-secret'/></auth><target dev='sda' bus='sata'/></disk>"
says "     but: source type='network' protocol nbd: a local file in a run"
says "     but: driver iothread='1': its device has no iothread in a run"
grep -q my-secret s.ini && fail "a secret came out"
for c in none directsync unsafe writeback writethrough; do
	domain kvm q35 "" "<disk type='file'><driver cache='$c'/><source file='/x'/><target dev='vda'/></disk>"
	t=$c
	[ $c = none ] && t=threads
	sed -n 's/^reference = //p' s.ini | grep -q "+$t" || fail "cache $c: $(cat s.ini)"
done
echo "every setting that a run does not have is said"
