/* SPDX-License-Identifier: MIT */
/* The network of one or two guests, for iperf and ping (guest_traffic.c). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest_net.h"
#include "guest_traffic.h"

#define SECOND 1000000000ull

static const char *const programs[] = { "iperf", NULL };

static int check(const struct guest_config *c, struct err *e)
{
	if (guest_net_is_slirp(c) && c->traffic == TRAFFIC_TCP_G2G)
		return err_set(e, -EINVAL, "guests behind slirp do not see "
			       "each other; use --net-backend tap");
	return 0;
}

/* A port that is free now, on the host's loopback. */
static unsigned int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) ||
	    getsockname(fd, (struct sockaddr *)&a, &n))
		a.sin_port = htons(GUEST_NET_PORT);
	if (fd >= 0)
		close(fd);
	return ntohs(a.sin_port);
}

static void make_args(struct guest *g, unsigned int i)
{
	const struct guest_config *c = g->config;
	struct guest_net *n = g->net;

	if (guest_net_is_slirp(c))
		snprintf(n->netdev[i], sizeof(n->netdev[i]),
			 "user,id=n0,hostfwd=%s:127.0.0.1:%u-:%u",
			 n->traffic->udp ? "udp" : "tcp", n->port + 1,
			 n->port);
	else
		snprintf(n->netdev[i], sizeof(n->netdev[i]),
			 "tap,id=n0,ifname=tap%u,script=no,downscript=no,"
			 "vhost=%s", i,
			 strstr(c->net_backend, "vhost") ? "on" : "off");
	snprintf(n->device[i], sizeof(n->device[i]),
		 "%.400s,netdev=n0,mac=52:54:00:76:69:%02x", c->net_device,
		 i + 1);
	n->args[i][0] = "-netdev";
	n->args[i][1] = n->netdev[i];
	n->args[i][2] = "-device";
	n->args[i][3] = n->device[i];
	g->vm[i].extra = n->args[i];
}

static int make_network(struct guest *g, struct err *e)
{
	struct err ns;
	int ret = guest_net_enter(&ns);

	if (guest_net_is_slirp(g->config)) {
		/* Our own loopback where it can be had, the host's else. */
		g->net->port = ret ? free_port() : GUEST_NET_PORT;
		return 0;
	}
	if (ret < 0)
		return err_set(e, ret, "%s", ns.text);
	if (strstr(g->config->net_backend, "vhost") &&
	    access("/dev/vhost-net", R_OK | W_OK))
		return err_set(e, -ENOTSUP, "/dev/vhost-net: %s (modprobe "
			       "vhost_net)", strerror(errno));
	g->net->port = GUEST_NET_PORT;
	return guest_net_taps(g->nr_vms, "/dev/null", e);
}

static int host(struct guest *g, struct err *e)
{
	unsigned int i;
	int ret;

	g->net = calloc(1, sizeof(*g->net));
	if (!g->net)
		return err_set(e, -ENOMEM, "out of memory");
	g->net->traffic = &guest_traffics[g->config->traffic];
	if (g->net->traffic->server == SECOND_GUEST)
		g->nr_vms = 2;
	ret = guest_scratch(NULL, "server", g->net->server_log, PATH_MAX, e);
	ret = ret ?: make_network(g, e);
	for (i = 0; !ret && i < g->nr_vms; i++)
		make_args(g, i);
	return ret;
}

/* Address of eth0, what drives it, what was negotiated, how many queues. */
static int set_up_interface(struct guest *g, unsigned int i,
			    struct guest_job *j, struct err *e)
{
	char line[1024], address[32];

	snprintf(address, sizeof(address), "10.200.0.%u", 2 + i);
	snprintf(line, sizeof(line),
		 "n=0; until [ -e /sys/class/net/eth0 ]; do n=$((n+1)); "
		 "[ $n -gt 500 ] && { echo no network interface >&2; exit 1; "
		 "}; usleep 20000; done; ip link set lo up; "
		 "ip addr add %s/24 dev eth0 && ip link set eth0 up; "
		 "n=0; until [ \"$(cat /sys/class/net/eth0/carrier)\" = 1 ]; "
		 "do n=$((n+1)); [ $n -gt 500 ] && { echo eth0 has no carrier "
		 ">&2; exit 1; }; usleep 20000; done; "
		 "d=/sys/class/net/eth0; "
		 "echo driver=$(basename $(readlink $d/device/driver)); "
		 "echo queues=$(ls $d/queues | grep -c tx); "
		 "echo features=$(cat $d/device/features 2>/dev/null)",
		 guest_net_is_slirp(g->config) ? SLIRP_GUEST : address);
	return guest_vm_shell(&g->vm[i], j, line, 30 * SECOND, e);
}

static int prepare(struct guest *g, struct err *e)
{
	struct guest_job j = { 0 };
	char text[64];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < g->nr_vms; i++) {
		ret = set_up_interface(g, i, &j, e);
		if (!ret && !i) {
			json_object_set_new(
				g->device, "driver",
				json_string(guest_text_value(
					j.out.data, "driver", text,
					sizeof(text))));
			ret = guest_check_features(g, j.out.data, e);
		}
		guest_channel_drop(&g->vm[i].channel, &j);
	}
	return ret;
}

static int run(struct guest *g, struct err *e)
{
	return g->net->traffic->run(g, e);
}

static void teardown(struct guest *g)
{
	if (!g->net)
		return;
	process_close(&g->net->server);
	free(g->net);
	g->net = NULL;
}

const struct guest_load_ops guest_load_net = {
	.name = "net",
	.programs = programs,
	.check = check,
	.host = host,
	.prepare = prepare,
	.run = run,
	.teardown = teardown,
};
