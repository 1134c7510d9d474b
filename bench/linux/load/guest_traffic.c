/* SPDX-License-Identifier: MIT */
/* iperf and ping between guest and host, or between two guests. */
#include "guest_traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/record.h"
#include "bench/linux/guest_clock.h"
#include "guest_iperf.h"
#include "guest_net.h"
#include "bench/linux/guest_process.h"

#define SECOND	  1000000000ull
#define UDP_RATE  "10g"	 /* as fast as it can */
#define UDP_BYTES "1470" /* a datagram that fits an Ethernet frame */
#define SLICE	  "0.1"	 /* of the server's report, in s */

static const char *host_address(const struct guest *g)
{
	return guest_net_is_slirp(g->config) ? SLIRP_HOST : GUEST_NET_HOST;
}

/* Is somebody listening? Looks into /proc/net/tcp or udp of @vm, or of this
 * process; state 0A is LISTEN, 07 is what an unconnected UDP socket has. */
static int wait_listening(struct guest *g, struct guest_vm *vm, struct err *e)
{
	struct guest_net *n = g->net;
	char line[512];
	const char *const words[] = { "sh", "-c", line, NULL };
	struct guest_job j = { 0 };
	int ret;

	snprintf(line, sizeof(line),
		 "n=0; until grep -q ':%04X 0*:0000 %s' /proc/net/%s; do "
		 "n=$((n+1)); [ $n -gt 200 ] && { echo iperf does not listen "
		 ">&2; exit 1; }; sleep 0.02; done",
		 n->port, n->traffic->udp ? "07" : "0A",
		 n->traffic->udp ? "udp" : "tcp");
	if (vm) {
		ret = guest_vm_shell(vm, &j, line, 20 * SECOND, e);
		guest_channel_drop(&vm->channel, &j);
		return ret;
	}
	return guest_process_run(words, n->server_log, 20 * SECOND, e);
}

/* @form: how it reports, "-yC" or "-e". */
static int start_host_server(struct guest *g, const char *form, struct err *e)
{
	struct guest_net *n = g->net;
	struct process *p = &n->server;
	int ret;

	process_arg(p, "iperf");
	process_arg(p, "-s");
	if (n->traffic->udp)
		process_arg(p, "-u");
	process_arg(p, "-p%u", n->port);
	process_arg(p, "-P1"); /* ends, and prints, after one client */
	if (guest_net_is_slirp(g->config))
		process_arg(p, "-B127.0.0.1");
	if (!strcmp(form, "-e"))
		process_arg(p, "--histograms");
	else
		process_arg(p, "-i" SLICE);
	process_arg(p, "%s", form);
	ret = process_start(p, g->config->cpus, n->server_log, false, e);
	return ret ?: wait_listening(g, NULL, e);
}

static int start_guest_server(struct guest *g, struct guest_vm *vm,
			      struct err *e)
{
	struct guest_net *n = g->net;
	char port[16];
	char *argv[] = { "iperf", "-s", port, "-P1", "-i" SLICE, "-yC",
			 n->traffic->udp ? "-u" : NULL, NULL };
	int ret;

	snprintf(port, sizeof(port), "-p%u", n->port);
	ret = guest_channel_run(&vm->channel, &n->server_job, argv, 0, e);
	return ret ?: wait_listening(g, vm, e);
}

static int start_server(struct guest *g, struct err *e)
{
	if (g->net->traffic->server == HOST)
		return start_host_server(g, "-yC", e);
	return start_guest_server(g, &g->vm[g->nr_vms - 1], e);
}

/* Who the client talks to, and at which port. */
static void server_address(const struct guest *g, char *address, size_t room,
			   unsigned int *port)
{
	const struct guest_net *n = g->net;

	*port = n->port;
	if (n->traffic->server == HOST) {
		snprintf(address, room, "%s", host_address(g));
	} else if (guest_net_is_slirp(g->config)) {
		snprintf(address, room, "127.0.0.1");
		*port = n->port + 1;
	} else {
		snprintf(address, room, "10.200.0.%u", 1 + g->nr_vms);
	}
}

#define MAX_WORDS 16

struct client {
	char address[32], port[16], time[32];
	const char *word[MAX_WORDS + 1];
};

static void client_words(struct client *cl, const struct guest *g, double s,
			 const char *const *more)
{
	unsigned int port, n = 0;

	server_address(g, cl->address, sizeof(cl->address), &port);
	snprintf(cl->port, sizeof(cl->port), "-p%u", port);
	snprintf(cl->time, sizeof(cl->time), "-t%.2f", s);
	cl->word[n++] = "iperf";
	cl->word[n++] = "-c";
	cl->word[n++] = cl->address;
	cl->word[n++] = cl->port;
	cl->word[n++] = cl->time;
	for (; *more && n < MAX_WORDS; more++)
		cl->word[n++] = *more;
	cl->word[n] = NULL;
}

static void keep_text(struct guest *g, const char *key, const char *text)
{
	json_t *iperf = json_object_get(g->result, "iperf");

	if (!iperf) {
		iperf = json_object();
		json_object_set_new(g->result, "iperf", iperf);
	}
	json_object_set_new(iperf, key,
			    json_string(text ? text : "") ?:
				    json_string("not text"));
}

/* Run the client where it belongs, for @s seconds. */
static int run_client(struct guest *g, double s, const char *const *more,
		      struct err *e)
{
	uint64_t ns = (uint64_t)(s * 1e9) + 30 * SECOND;
	struct guest_job j = { 0 };
	struct client cl;
	int ret;

	client_words(&cl, g, s, more);
	if (g->net->traffic->client == HOST)
		return guest_process_run(cl.word, g->vm[0].log, ns, e);
	ret = guest_vm_run_load(&g->vm[0], &j, (char *const *)cl.word, ns, e);
	keep_text(g, "client", j.out.data);
	if (ret > 0)
		ret = err_set(e, -EIO, "iperf in the guest: exit status %d: "
			      "%.300s", ret, j.error.data ? j.error.data : "");
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

static int read_server_log(struct guest *g, struct err *e)
{
	char text[65536];
	FILE *f = fopen(g->net->server_log, "re");
	size_t n;

	if (!f)
		return err_set(e, -errno, "%s: %s", g->net->server_log,
			       strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	keep_text(g, "server", text);
	return 0;
}

/* What the server printed, once it has ended. */
static int server_output(struct guest *g, struct err *e)
{
	struct guest_net *n = g->net;
	struct guest_vm *vm = &g->vm[g->nr_vms - 1];
	int ret;

	if (n->traffic->server == HOST) {
		process_wait(&n->server, 5 * SECOND);
		process_end(&n->server);
		return read_server_log(g, e);
	}
	ret = guest_vm_wait(vm, &n->server_job, 10 * SECOND, e);
	if (!ret)
		keep_text(g, "server", n->server_job.out.data);
	guest_channel_drop(&vm->channel, &n->server_job);
	return ret;
}

static const char *text_of(const struct guest *g, const char *key)
{
	return record_str(json_object_get(g->result, "iperf"), key, "");
}

static void put_udp(struct guest *g, const struct guest_iperf *r)
{
	if (r->jitter_ns < 0)
		return;
	record_metric(g->metrics, "jitter_ns", r->jitter_ns, "ns", "lower");
	record_metric(g->metrics, "loss",
		      r->packets ? (double)r->lost / (double)r->packets : 0,
		      "1", "lower");
}

/* Throughput, as the receiver saw it after the warm-up. */
static int run_iperf(struct guest *g, struct err *e)
{
	static const char *const tcp[] = { NULL };
	static const char *const udp[] = { "-u", "-b" UDP_RATE, "-l" UDP_BYTES,
					   NULL };
	double warmup_s = (double)g->config->warmup_ns * 1e-9;
	double time_s = (double)g->config->time_ns * 1e-9;
	struct guest_iperf r = { 0 };
	int ret;

	ret = start_server(g, e);
	ret = ret ?: run_client(g, warmup_s + time_s,
				g->net->traffic->udp ? udp : tcp, e);
	ret = ret ?: server_output(g, e);
	ret = ret ?: guest_iperf_csv(&r, text_of(g, "server"), warmup_s,
				     warmup_s + time_s, e);
	if (ret < 0)
		return ret;
	record_metric(g->metrics, "throughput",
		      (double)r.bytes * 8 / r.seconds, "bit/s", "higher");
	put_udp(g, &r);
	json_object_set_new(g->result, "bytes",
			    json_integer((json_int_t)r.bytes));
	return 0;
}

/* What @parse finds in @text becomes the cell's latency. */
static int put_times(struct guest *g, const char *text,
		     int (*parse)(struct hist *, const char *, struct err *),
		     struct err *e)
{
	struct hist *h = malloc(sizeof(*h));
	int ret;

	if (!h)
		return err_set(e, -ENOMEM, "out of memory");
	ret = parse(h, text, e);
	if (!ret) {
		record_latency(g->metrics, h);
		json_object_set_new(g->result, "latency", hist_to_json(h));
		json_object_set_new(g->result, "requests",
				    json_integer((json_int_t)h->count));
	}
	free(h);
	return ret;
}

static void put_round_trips(struct guest *g, double seconds)
{
	record_metric(g->metrics, "round_trips",
		      record_num(g->result, "requests", 0) / seconds, "1/s",
		      "higher");
}

/* Write, echo, read, over one TCP connection. Its histogram is of the whole
 * run, so the warm-up is a run of its own. */
static int run_bounceback(struct guest *g, struct err *e)
{
	static const char *const more[] = { "--bounceback",
					    "--bounceback-period=0", NULL };
	double warmup_s = (double)g->config->warmup_ns * 1e-9;
	double time_s = (double)g->config->time_ns * 1e-9;
	int ret = 0;

	if (warmup_s >= 0.1) {
		ret = start_server(g, e);
		ret = ret ?: run_client(g, warmup_s, more, e);
		process_wait(&g->net->server, 5 * SECOND);
		process_close(&g->net->server);
	}
	ret = ret ?: start_server(g, e);
	ret = ret ?: run_client(g, time_s, more, e);
	ret = ret ?: server_output(g, e);
	ret = ret ?: put_times(g, text_of(g, "client"), guest_iperf_histogram,
			       e);
	if (!ret)
		put_round_trips(g, time_s);
	return ret;
}

/* Each ping as soon as the last one is answered. */
static int run_ping(struct guest *g, struct err *e)
{
	const struct guest_config *c = g->config;
	struct guest_job j = { 0 };
	char line[256];
	int ret;

	snprintf(line, sizeof(line),
		 "timeout -s INT %.2f ping -q -A %s; "
		 "timeout -s INT %.2f ping -A %s; true",
		 (double)c->warmup_ns * 1e-9 + 0.1, host_address(g),
		 (double)c->time_ns * 1e-9, host_address(g));
	ret = guest_vm_shell(&g->vm[0], &j, line,
			     c->time_ns + c->warmup_ns + 30 * SECOND, e);
	if (!ret) {
		keep_text(g, "ping", j.out.data);
		guest_ping_lost(&g->failures, j.out.data);
	}
	ret = ret ?: put_times(g, j.out.data, guest_ping_times, e);
	if (!ret)
		put_round_trips(g, (double)c->time_ns * 1e-9);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

/* One-way delays of TCP writes while the line is full. They mean something
 * only if both ends' clocks agree: the guest's is set first, and how well
 * goes into the record; samples below zero make it fail. */
static int run_trip_times(struct guest *g, struct err *e)
{
	static const char *const more[] = { "--trip-times", NULL };
	double time_s = (double)g->config->time_ns * 1e-9;
	uint64_t error_ns;
	int ret;

	ret = guest_clock_set(&g->vm[0], &error_ns, e);
	if (ret < 0)
		return ret;
	json_object_set_new(g->result, "clock_error_ns",
			    json_integer((json_int_t)error_ns));
	ret = start_host_server(g, "-e", e);
	ret = ret ?: run_client(g, time_s, more, e);
	ret = ret ?: server_output(g, e);
	return ret ?: put_times(g, text_of(g, "server"), guest_iperf_histogram,
				e);
}

const struct traffic guest_traffics[] = {
	[TRAFFIC_TCP_G2H] = { HOST, GUEST, false, run_iperf },
	[TRAFFIC_TCP_H2G] = { GUEST, HOST, false, run_iperf },
	[TRAFFIC_TCP_G2G] = { SECOND_GUEST, GUEST, false, run_iperf },
	[TRAFFIC_UDP_G2H] = { HOST, GUEST, true, run_iperf },
	[TRAFFIC_UDP_H2G] = { GUEST, HOST, true, run_iperf },
	[TRAFFIC_BOUNCEBACK] = { HOST, GUEST, false, run_bounceback },
	[TRAFFIC_PING] = { HOST, GUEST, false, run_ping },
	[TRAFFIC_TRIP_TIMES] = { HOST, GUEST, false, run_trip_times },
};
