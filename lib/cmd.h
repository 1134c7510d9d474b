/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_CMD_H
#define VIOPERF_CMD_H

/*
 * One prototype per subcommand: the only C functions by which folders meet.
 * argv[0] is "vioperf NAME", so that argp and error messages show it.
 * Each returns the exit status of the process (see CMD_*).
 */
#define CMD_OK	      0
#define CMD_FAIL      1 /* it ran and failed; compare: something regressed */
#define CMD_USAGE     2 /* bad option, bad scenario: nothing was started */
#define CMD_UNDECIDED 3 /* compare only: neither regressed nor equivalent */

int cmd_device(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_guest(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_scenario(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_compare(int argc, char **argv);

#endif
