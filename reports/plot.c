/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "html.h"
#include "names.h"
#include "svg.h"
#include "utf8.h"

#define SVG_MAX (64u << 20)

/* The files as gnuplot finds them, and what it says at the end. */
#define SCRIPT_FD 3
#define SVG_FD	  4
#define LOAD	  "load '/proc/self/fd/3'\n"
#define SVG_FILE  "/proc/self/fd/4"
#define DONE	  "done\n"

extern char **environ;

void plotter_open(struct plotter *g)
{
	*g = (struct plotter){ .fd = -1, .script = -1, .svg = -1 };
	g->drawn = json_object();
}

/* 0 or -errno of the first step that failed. */
static int spawn(struct plotter *g, int fd)
{
	static char *const argv[] = { "gnuplot", "-d", NULL };
	posix_spawn_file_actions_t a;
	int ret;

	ret = posix_spawn_file_actions_init(&a);
	if (ret)
		return -ret;
	ret = posix_spawn_file_actions_adddup2(&a, fd, 0) ?:
	      posix_spawn_file_actions_adddup2(&a, fd, 1) ?:
	      posix_spawn_file_actions_addopen(&a, 2, "/dev/null", O_WRONLY,
					       0) ?:
	      posix_spawn_file_actions_adddup2(&a, g->script, SCRIPT_FD) ?:
	      posix_spawn_file_actions_adddup2(&a, g->svg, SVG_FD) ?:
	      posix_spawnp(&g->pid, argv[0], &a, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&a);
	if (ret)
		g->pid = 0;
	return -ret;
}

/* A descriptor that is none of those that gnuplot is to find its files at. */
static int move_up(int fd)
{
	int up = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, SVG_FD + 1);

	if (fd >= 0)
		close(fd);
	return up;
}

static int start(struct plotter *g, struct err *e)
{
	int fds[2], ret;

	if (g->pid)
		return 0;
	if (g->script < 0)
		g->script = move_up(memfd_create("script", MFD_CLOEXEC));
	if (g->svg < 0)
		g->svg = move_up(memfd_create("svg", MFD_CLOEXEC));
	if (g->script < 0 || g->svg < 0)
		return err_set(e, -errno, "cannot make a file in memory");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(e, -errno, "socketpair: %s", strerror(errno));
	g->fd = move_up(fds[0]);
	fds[1] = move_up(fds[1]);
	ret = spawn(g, fds[1]);
	close(fds[1]);
	if (ret == -ENOENT)
		return err_set(e, ret, "gnuplot is not installed (package "
				       "gnuplot-nox): no plots");
	if (ret < 0)
		return err_set(e, ret, "gnuplot cannot be started: %s",
			       strerror(-ret));
	return 0;
}

static void stop(struct plotter *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
	if (!g->pid)
		return;
	kill(g->pid, SIGKILL);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g->pid = 0;
}

void plotter_close(struct plotter *g)
{
	stop(g);
	if (g->script >= 0)
		close(g->script);
	if (g->svg >= 0)
		close(g->svg);
	json_decref(g->drawn);
	free(g->text);
	*g = (struct plotter){ .fd = -1, .script = -1, .svg = -1 };
}

static int put_script(struct plotter *g, const char *text, size_t len)
{
	ssize_t n;

	if (ftruncate(g->script, 0) < 0 || ftruncate(g->svg, 0) < 0)
		return -errno;
	for (size_t at = 0; at < len; at += (size_t)n) {
		n = pwrite(g->script, text + at, len - at, (off_t)at);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	if (send(g->fd, LOAD, strlen(LOAD), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(LOAD))
		return -EPIPE;
	return 0;
}

/* Until gnuplot says that it is done, no more than the deadline. */
static int wait_done(struct plotter *g)
{
	uint64_t end = clock_now_ns() + PLOT_DEADLINE_S * 1000000000ull;
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	char said[sizeof(DONE)];
	size_t len = 0;
	uint64_t now;
	ssize_t n;
	int ret;

	while (len < strlen(DONE)) {
		now = clock_now_ns();
		if (now >= end)
			return -ETIMEDOUT;
		ret = poll(&p, 1, (int)((end - now) / 1000000) + 1);
		if (ret <= 0)
			continue;
		n = read(g->fd, said + len, strlen(DONE) - len);
		if (n <= 0)
			return -EIO;
		len += (size_t)n;
	}
	return memcmp(said, DONE, len) ? -EIO : 0;
}

/* The SVG into g->text, as a string. */
static int read_svg(struct plotter *g)
{
	off_t len = lseek(g->svg, 0, SEEK_END);
	char *more;

	if (len <= 0 || len > SVG_MAX)
		return -EIO;
	if ((size_t)len >= g->room) {
		more = realloc(g->text, 2 * (size_t)len);
		if (!more)
			return -ENOMEM;
		g->text = more;
		g->room = 2 * (size_t)len;
	}
	if (pread(g->svg, g->text, (size_t)len, 0) != len)
		return -EIO;
	g->text[len] = '\0';
	return 0;
}

static int draw(struct plotter *g, const char *text, size_t len,
		struct err *e)
{
	int ret = start(g, e);

	if (ret < 0) {
		stop(g);
		return ret;
	}
	ret = put_script(g, text, len);
	if (!ret)
		ret = wait_done(g);
	if (!ret)
		ret = read_svg(g);
	if (!ret)
		return 0;
	stop(g); /* the next plot finds a new one */
	if (ret == -ETIMEDOUT)
		return err_set(e, ret, "gnuplot took more than %d s: no plots",
			       PLOT_DEADLINE_S);
	return err_set(e, -EIO, "gnuplot failed: no plot");
}

int plot_open(struct plot *p, int width, int height, struct err *e,
	      const char *label, ...)
{
	va_list ap;

	*p = (struct plot){ .width = width, .height = height };
	va_start(ap, label);
	vsnprintf(p->label, sizeof(p->label), label, ap);
	va_end(ap);
	utf8_repair(p->label);
	p->script = open_memstream(&p->text, &p->len);
	if (!p->script)
		return err_set(e, -ENOMEM, "no memory");
	fprintf(p->script,
		"reset\nset terminal svg size %d,%d dynamic noenhanced "
		"font \"sans-serif,13\"\nset output \"" SVG_FILE "\"\n"
		"set encoding utf8\nset border 3\nset tics nomirror\n"
		"set grid lc rgb \"#999999\" lw 0.4\nunset key\n",
		width, height);
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

static void put_head(const struct plot *p, FILE *out)
{
	fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
		p->width, p->height);
	html_put(out, p->label);
	fputs("\"", out);
}

static int put_plot(struct plot *p, struct plotter *g, FILE *out,
		    struct err *e)
{
	int nr = names_find(g->drawn, p->text);
	char *svg;
	int ret;

	if (nr >= 0) {
		put_head(p, out);
		fprintf(out, "><use href=\"#p%d\"/></svg>", nr);
		return 0;
	}
	ret = draw(g, p->text, p->len, e);
	if (ret < 0)
		return ret;
	svg = svg_shrink(g->text);
	if (!svg)
		return err_set(e, -EIO, "gnuplot made no plot");
	put_head(p, out);
	fprintf(out, "><g id=\"p%d\">%s</g></svg>", g->nr, svg);
	names_add(g->drawn, p->text, g->nr++);
	return 0;
}

int plot_finish(struct plot *p, struct plotter *g, FILE *out, struct err *e)
{
	int ret;

	fputs("unset output\nundefine $*\nset print \"-\"\nprint \"done\"\n",
	      p->script);
	ret = fclose(p->script) ? err_set(e, -ENOMEM, "no memory") : 0;
	if (!ret)
		ret = put_plot(p, g, out, e);
	free(p->text);
	return ret;
}

/* gnuplot's own, as its terminal defines them. */
void plotter_put_markers(FILE *out)
{
	fputs("<svg width=\"0\" height=\"0\" aria-hidden=\"true\" "
	      "style=\"position:absolute\"><defs><circle id=\"gpPt5\" "
	      "stroke-width=\".2\" stroke=\"currentColor\" r=\"1\"/>"
	      "<use href=\"#gpPt5\" id=\"gpPt6\" fill=\"currentColor\" "
	      "stroke=\"none\"/></defs></svg>\n",
	      out);
}
