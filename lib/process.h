/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_PROCESS_H
#define VIOPERF_PROCESS_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/*
 * A child process of ours. It dies with us (PR_SET_PDEATHSIG), inherits no
 * file but its log and those that were passed to it (process_pass, --sync-fd),
 * and is ended by SIGTERM, then SIGKILL, with how it ended on record.
 * Start with .pid = 0; every function accepts that.
 */
#define PROCESS_MAX_ARGS   160
#define PROCESS_MAX_PASSED 4
#define PROCESS_FIRST_FD   3 /* of the passed files, in the child */

struct process {
	pid_t pid; /* 0: not running */
	int pidfd;
	int sync_fd; /* our end, -1 */
	int status;  /* of waitpid, once it has ended */
	bool ended;
	const char *ended_by; /* "itself", "SIGTERM", "SIGKILL" */
	const char *program; /* what is executed, NULL: arg[0] */
	char *arg[PROCESS_MAX_ARGS + 1];
	unsigned int nr_args;
	int bad; /* -errno of an argument or file that could not be added */
	int passed[PROCESS_MAX_PASSED]; /* closed here once it has started */
	unsigned int nr_passed;
	char buf[128]; /* of an unfinished sync line */
	size_t len;
};

/* Append an argument, printf style. */
void process_arg(struct process *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same with @before in front of what @fmt makes. */
void process_argv(struct process *p, const char *before, const char *fmt,
		  va_list ap);

/* Append an argument that is a list, as QEMU has them, with @path in it:
 * commas of its own are doubled. */
void process_arg_listed(struct process *p, const char *before,
			const char *path, const char *after);

/* Execute @path, which must live as long, whatever its first argument says. */
void process_program(struct process *p, const char *path);

/* Hand it @fd, which is ours no longer; its number there. */
int process_pass(struct process *p, int fd);

/* Make a connected pair of stream sockets: our end into *@fd, the other one
 * passed; its number in the child, or -errno. */
int process_pass_socket(struct process *p, int *fd);

/* Start it. @cpus: list to pin it to, or NULL. stdout and stderr are appended
 * to @log. With @sync a socket pair is made and "--sync-fd", "N" appended.
 * 0 or -errno. */
int process_start(struct process *p, const char *cpus, const char *log,
		  bool sync, struct err *e);

/* Wait for it to end by itself, at most @ns. 0, or -ETIMEDOUT. */
int process_wait(struct process *p, uint64_t ns);

/* Has it ended? */
bool process_ended(struct process *p);

/* Wait for the line "ready" on its sync socket. 0; -EPIPE when it ended;
 * -ETIMEDOUT. */
int process_wait_ready(struct process *p, uint64_t ns);

/* Write a line to its sync socket. */
void process_tell(struct process *p, const char *line);

/* End it: SIGTERM, 200 ms later SIGKILL. Frees nothing but the process. */
void process_end(struct process *p);

/* {"argv","pid","exit","signal","ended_by"}; NULL if it never ran. */
json_t *process_json(const struct process *p);

/* End it if it runs and forget its arguments. */
void process_close(struct process *p);

/* Has it ended by a signal that was not ours? */
bool process_crashed(const struct process *p);

/* "exit status 1", "killed by SIGXFSZ (file size limit exceeded: ulimit -f)"
 * in a static buffer. */
const char *process_how(const struct process *p);

#endif
