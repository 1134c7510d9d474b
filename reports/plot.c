/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/clock.h"

#define SVG_MAX (8u << 20)

int plot_open(struct plot *p, const char *name, int width, int height,
	      struct err *e)
{
	*p = (struct plot){ 0 };
	p->script = open_memstream(&p->text, &p->len);
	if (!p->script)
		return err_set(e, -ENOMEM, "no memory");
	fprintf(p->script,
		"set terminal svg size %d,%d dynamic noenhanced "
		"font \"sans-serif,13\" name \"%s\"\n"
		"set encoding utf8\nset border 3\nset tics nomirror\n"
		"set grid lc rgb \"#999999\" lw 0.4\nunset key\n",
		width, height, name);
	return 0;
}

void plot_put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputc(strchr("\"'`\\$@", *text) || (unsigned char)*text < 0x20
			      ? '_'
			      : *text,
		      out);
	fputc('"', out);
}

/* The script goes in by a file, so only one direction has to be waited for. */
static int script_fd(const struct plot *p)
{
	int fd = memfd_create("plot", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, p->text, p->len) != (ssize_t)p->len ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static void run_gnuplot(int in, int out)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0)
		_exit(126);
	execlp("gnuplot", "gnuplot", "-d", "-", (char *)NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Read until end of file into *@text. 0 or -errno. */
static int read_all(int fd, char **text)
{
	uint64_t end = clock_now_ns() + PLOT_DEADLINE_S * 1000000000ull;
	uint64_t now;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;
	char *more;

	for (;;) {
		now = clock_now_ns();
		if (now >= end || poll(&p, 1, (int)((end - now) / 1000000)) < 1)
			return -ETIMEDOUT;
		more = len < SVG_MAX ? realloc(*text, len + 65537) : NULL;
		if (!more)
			return -ENOMEM;
		*text = more;
		n = read(fd, more + len, 65536);
		if (n < 0)
			return -errno;
		len += (size_t)n;
		more[len] = '\0';
		if (!n)
			return 0;
	}
}

static int wait_gnuplot(pid_t pid, int ret, struct err *e)
{
	int status = 0;

	if (ret < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (ret == -ETIMEDOUT)
		return err_set(e, ret, "gnuplot took more than %d s: no plots",
			       PLOT_DEADLINE_S);
	if (ret < 0)
		return err_set(e, ret, "reading from gnuplot: %s",
			       strerror(-ret));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, -ENOENT,
			       "gnuplot is not installed (package "
			       "gnuplot-nox): no plots");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(e, -EIO, "gnuplot failed: no plot");
	return 0;
}

static int run(const struct plot *p, char **text, struct err *e)
{
	int fds[2], in, ret;
	pid_t pid;

	in = script_fd(p);
	if (in < 0)
		return err_set(e, in, "cannot make a file in memory");
	if (pipe2(fds, O_CLOEXEC) < 0) {
		ret = err_set(e, -errno, "pipe: %s", strerror(errno));
		close(in);
		return ret;
	}
	pid = fork();
	if (pid == 0)
		run_gnuplot(in, fds[1]);
	ret = pid < 0 ? -errno : 0;
	close(in);
	close(fds[1]);
	if (!ret)
		ret = wait_gnuplot(pid, read_all(fds[0], text), e);
	else
		err_set(e, ret, "fork: %s", strerror(-ret));
	close(fds[0]);
	return ret;
}

int plot_finish(struct plot *p, char **svg, struct err *e)
{
	char *text = NULL, *begin;
	int ret;

	*svg = NULL;
	ret = fclose(p->script) ? err_set(e, -ENOMEM, "no memory") : 0;
	if (!ret)
		ret = run(p, &text, e);
	/* Without the XML declaration it is an element of HTML. */
	begin = ret || !text ? NULL : strstr(text, "<svg");
	if (!ret && (!begin || !strstr(begin, "</svg>")))
		ret = err_set(e, -EIO, "gnuplot made no plot");
	if (!ret)
		*svg = strdup(begin);
	if (!ret && !*svg)
		ret = err_set(e, -ENOMEM, "no memory");
	free(text);
	free(p->text);
	return ret;
}
