/* SPDX-License-Identifier: MIT */
#include "guest_net.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "bench/linux/guest_process.h"

#define STEP_NS 10000000000ull

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -errno : 0;
}

/* Root within a user namespace is nobody new outside: maps us to ourselves. */
static int map_ids(uid_t uid, gid_t gid)
{
	char text[64];
	int ret;

	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", uid);
	ret = put("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "0 %u 1", gid);
	return ret ?: put("/proc/self/gid_map", text);
}

#define IP(log, e, ...)                                                        \
	guest_process_run((const char *const[]){ "ip", __VA_ARGS__, NULL },    \
			  log, STEP_NS, e)

int guest_net_enter(struct err *e)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ret;

	if (unshare(CLONE_NEWNET)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			return err_set(e, -ENOTSUP, "no network namespace: %s "
				       "(it takes root, or unprivileged user "
				       "namespaces)", strerror(errno));
		ret = map_ids(uid, gid);
		if (ret < 0)
			return err_set(e, ret, "no user namespace: %s",
				       strerror(-ret));
	}
	return IP("/dev/null", e, "link", "set", "lo", "up");
}

static int make_tap(const char *name, const char *log, struct err *e)
{
	int ret = IP(log, e, "tuntap", "add", name, "mode", "tap", "vnet_hdr");

	return ret ?: IP(log, e, "link", "set", name, "up");
}

static int one_tap(const char *log, struct err *e)
{
	int ret = make_tap("tap0", log, e);

	return ret ?: IP(log, e, "addr", "add", GUEST_NET_HOST "/24", "dev",
			 "tap0");
}

static int bridged_taps(unsigned int nr, const char *log, struct err *e)
{
	unsigned int i;
	char name[16];
	int ret;

	ret = IP(log, e, "link", "add", "br0", "type", "bridge");
	ret = ret ?: IP(log, e, "addr", "add", GUEST_NET_HOST "/24", "dev",
			"br0");
	ret = ret ?: IP(log, e, "link", "set", "br0", "up");
	for (i = 0; !ret && i < nr; i++) {
		snprintf(name, sizeof(name), "tap%u", i);
		ret = make_tap(name, log, e);
		ret = ret ?: IP(log, e, "link", "set", name, "master", "br0");
	}
	return ret;
}

int guest_net_taps(unsigned int nr, const char *log, struct err *e)
{
	if (access("/dev/net/tun", R_OK | W_OK))
		return err_set(e, -ENOTSUP, "/dev/net/tun: %s (modprobe tun)",
			       strerror(errno));
	return nr == 1 ? one_tap(log, e) : bridged_taps(nr, log, e);
}
