/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_list(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("list", "not built yet");
	return CMD_FAIL;
}
