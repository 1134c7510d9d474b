/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_GUEST_TOOLS_H
#define VIOPERF_GUEST_TOOLS_H

/* /init, when it is a command in the guest and not its first process. */
int guest_tool(int argc, char **argv);

#endif
