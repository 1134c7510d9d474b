/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("run", "not built yet");
	return CMD_FAIL;
}
