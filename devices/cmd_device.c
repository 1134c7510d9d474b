/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_device(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("device", "not built yet");
	return CMD_FAIL;
}
