# SPDX-License-Identifier: MIT
"""usage: libvirt_wrap.py MACHINE <ELEMENTS
Make a whole domain of what `vioperf list --libvirt` prints."""
import sys
import xml.etree.ElementTree as ET

ET.register_namespace("qemu", "http://libvirt.org/schemas/domain/qemu/1.0")
root = ET.fromstring(sys.stdin.read())
if root.tag != "domain":
    device, root = root, ET.Element("domain", type="kvm")
    ET.SubElement(root, "devices").append(device)
for name, text in ("name", "wrapped"), ("memory", "262144"), ("vcpu", "1"):
    assert root.find(name) is None, name
    ET.SubElement(root, name).text = text
os = ET.SubElement(root, "os")
ET.SubElement(os, "type", arch="x86_64", machine=sys.argv[1]).text = "hvm"
sys.stdout.write(ET.tostring(root, encoding="unicode"))
