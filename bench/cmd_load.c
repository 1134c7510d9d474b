/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_load(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("load", "not built yet");
	return CMD_FAIL;
}
