# SPDX-License-Identifier: MIT
"""usage: libvirt_machine.py VIOPERF
Ask QEMU what its virtio devices have on each of its machine types, and vioperf
what it takes them to have."""
import json
import re
import subprocess
import sys

QEMU = "qemu-system-x86_64"
VCPUS = 3
DISK = ("<disk type='file' device='disk'><driver name='qemu' cache='none'%s/>"
        "<source file='/x'/><target dev='%s' bus='%s'/></disk>")
DOMAIN = ("<domain type='kvm'><name>d</name><vcpu>%d</vcpu><os>"
          "<type arch='x86_64' machine='%s'>hvm</type></os><devices>%s%s%s"
          "<controller type='scsi' index='0' model='virtio-scsi'/>"
          "<memballoon model='none'/></devices></domain>")
BACKEND = "/virtio-backend"
PROPERTIES = [("blk" + BACKEND, "num-queues"), ("blk" + BACKEND, "queue-size"),
              ("scsi" + BACKEND, "num_queues"),
              ("scsi" + BACKEND, "virtqueue_size"),
              ("blk", "disable-modern"), ("two", "vectors")]
MMIO = [(path.replace(BACKEND, ""), name) for path, name in PROPERTIES[:4]]


def of_qemu(machine):
    mmio = machine == "microvm"
    kind = "device" if mmio else "pci"
    command = [QEMU, "-machine", machine + ",accel=tcg", "-S", "-nodefaults",
               "-smp", str(VCPUS), "-display", "none", "-qmp", "stdio",
               "-blockdev", "null-co,node-name=n",
               "-device", "virtio-blk-%s,id=blk,drive=n" % kind,
               "-device", "virtio-scsi-%s,id=scsi" % kind]
    if not mmio:
        command += ["-blockdev", "null-co,node-name=m", "-device",
                    "virtio-blk-pci,id=two,drive=m,num-queues=2"]
    requests = [{"execute": "qmp_capabilities"}]
    properties = MMIO if mmio else PROPERTIES
    for path, name in properties:
        requests.append({"execute": "qom-get", "arguments": {
            "path": "/machine/peripheral/" + path, "property": name}})
    requests.append({"execute": "quit"})
    p = subprocess.run(command, text=True, timeout=60, capture_output=True,
                       input="".join(json.dumps(r) + "\n" for r in requests))
    answers = [json.loads(line) for line in p.stdout.splitlines()]
    values = [a["return"] for a in answers if "return" in a]
    values = values[1:1 + len(properties)]
    assert len(values) == len(properties), (machine, p.stdout, p.stderr)
    if not mmio:
        values[5] = values[5] == 2
    return values


def of_vioperf(machine):
    xml = DOMAIN % (VCPUS, machine, DISK % ("", "vda", "virtio"),
                    DISK % ("", "sda", "scsi"),
                    DISK % (" queues='2'", "vdb", "virtio"))
    p = subprocess.run([sys.argv[1], "scenario", "--from-libvirt", "-"],
                       text=True, input=xml, capture_output=True, check=True)
    values = []
    for target in "qemu-virtio-blk", "qemu-virtio-scsi":
        found = re.search(r";     = %s\S*, queues (\d+), ring-size (\d+)" %
                          target, p.stdout)
        values += [int(found.group(1)), int(found.group(2))]
    if machine != "microvm":
        values += ["devices on PCI are legacy" in p.stdout,
                   "one interrupt for all queues" in p.stdout]
    return values


text = subprocess.run([QEMU, "-machine", "help"], text=True, check=True,
                      capture_output=True).stdout
machines = [line.split()[0] for line in text.splitlines()[1:]]
machines = [m for m in machines if m.startswith(("pc", "q35", "microvm"))]
assert len(machines) > 5, text
bad = 0
for machine in machines:
    want, got = of_qemu(machine), of_vioperf(machine)
    if want != got:
        print("%s: QEMU has %s, vioperf says %s" % (machine, want, got))
        bad = 1
print("%d machine types of QEMU's have what is said of them" % len(machines))
sys.exit(bad)
