/* SPDX-License-Identifier: MIT */
#include "../lib/cmd.h"
#include "../lib/err.h"

int cmd_report(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	err_printf("report", "not built yet");
	return CMD_FAIL;
}
