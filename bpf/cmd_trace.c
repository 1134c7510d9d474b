/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_trace(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("trace", "not built yet");
	return CMD_FAIL;
}
