/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_LIBVIRT_KNOWN_H
#define VIOPERF_LIBVIRT_KNOWN_H

/* What bears on no figure; what is to be judged by what it holds. */
#define LIBVIRT_NO_MATTER NULL
#define LIBVIRT_LOOK_IN	  ""

/* What it means for a run that the setting @path, which nothing reads, is in a
 * domain: text, or one of the two above. @path is
 * ELEMENT/ELEMENT@ATTRIBUTE=VALUE, from a device or the domain on. */
const char *libvirt_known(const char *path);

#endif
