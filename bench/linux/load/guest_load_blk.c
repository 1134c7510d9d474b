/* SPDX-License-Identifier: MIT */
/* fio on a disk of the guest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "lib/util.h"
#include "bench/linux/guest.h"
#include "guest_fio.h"

#define SECOND	     1000000000ull
#define FIND_NS	     (30 * SECOND)
#define VERIFY_BYTES (64ull << 20)
#define VERIFY_NS    (600 * SECOND)

static const char *const programs[] = { "fio", "mkfs.ext4", "e2fsck", NULL };

static int check(const struct guest_config *c, struct err *e)
{
	struct blk_load l = { .mix = c->mix,
			      .bs_bytes = c->bs_bytes,
			      .size_bytes = c->size_bytes,
			      .depth = c->depth,
			      .queues = c->queues,
			      .verify = c->verify };

	return blk_load_check(&l, e);
}

/* Wait for the disk, take its scheduler out of the way (a single queue would
 * get mq-deadline, several none) and tell what there is to know. */
static int look_at_disk(struct guest *g, struct guest_job *j, struct err *e)
{
	char line[1400];

	snprintf(line, sizeof(line),
		 "d=%s; n=0; until [ -b /dev/$d ]; do n=$((n+1)); "
		 "[ $n -gt 500 ] && { echo \"no disk $d; there is:\" "
		 "$(ls /sys/block) >&2; exit 1; }; usleep 20000; done; "
		 "echo none > /sys/block/$d/queue/scheduler 2>/dev/null; "
		 "echo sectors=$(cat /sys/block/$d/size); "
		 "echo queues=$(ls /sys/block/$d/mq | wc -l); "
		 "echo scheduler=$(cat /sys/block/$d/queue/scheduler); "
		 "for v in /sys/bus/virtio/devices/*; do "
		 "[ \"$(cat $v/device)\" = 0x%04x ] || continue; "
		 "[ \"$(cat $v/block/*/serial 2>/dev/null)\" = "
		 "vioperf-image ] && continue; "
		 "echo features=$(cat $v/features); done",
		 g->config->disk, g->config->virtio_id);
	return guest_vm_shell(&g->vm[0], j, line, FIND_NS, e);
}

static int check_queues(struct guest *g, const char *facts, struct err *e)
{
	char text[64];
	unsigned int n;

	n = (unsigned int)strtoul(guest_text_value(facts, "queues", text,
						   sizeof(text)), NULL, 10);
	json_object_set_new(g->device, "queues", json_integer(n));
	json_object_set_new(g->device, "scheduler",
			    json_string(guest_text_value(facts, "scheduler",
							 text, sizeof(text))));
	if (g->config->expect_queues && n != g->config->expect_queues)
		return err_set(e, -EPROTO, "%u queues were asked for, the "
			       "guest's driver uses %u",
			       g->config->expect_queues, n);
	return 0;
}

static int prepare(struct guest *g, struct err *e)
{
	struct guest_job j = { 0 };
	int ret = look_at_disk(g, &j, e);

	ret = ret ?: check_queues(g, j.out.data, e);
	ret = ret ?: guest_check_features(g, j.out.data, e);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

/* The words of fio's command line; strings that are made are in text. */
struct words {
	char *argv[40];
	unsigned int nr;
	char text[2048];
	size_t at;
	bool full; /* a word did not fit */
};

static void word(struct words *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void word(struct words *w, const char *fmt, ...)
{
	size_t room = sizeof(w->text) - w->at;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->text + w->at, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room || w->nr + 1 == ARRAY_SIZE(w->argv)) {
		w->full = true;
		return;
	}
	w->argv[w->nr++] = w->text + w->at;
	w->at += (size_t)n + 1;
	w->argv[w->nr] = NULL;
}

static void what_words(struct words *w, const struct guest_config *c)
{
	const struct blk_mix *m = &c->mix;

	word(w, "--rw=%s%s", m->random ? "rand" : "",
	     m->read_percent == 100 ? "read" :
	     m->read_percent == 0   ? "write" :
				      "rw");
	if (m->read_percent % 100)
		word(w, "--rwmixread=%u", m->read_percent);
	word(w, "--bs=%llu", (unsigned long long)c->bs_bytes);
	word(w, "--iodepth=%u", c->depth);
	word(w, "--ioengine=%s", c->engine);
	word(w, "--numjobs=%u", c->queues);
	if (c->queues > 1) {
		word(w, "--cpus_allowed=0-%u", c->queues - 1);
		word(w, "--cpus_allowed_policy=split");
	}
}

static void length_words(struct words *w, const struct guest_config *c)
{
	unsigned long long size = c->size_bytes;

	if (c->verify) {
		if (!size)
			size = VERIFY_BYTES;
		word(w, "--verify=crc32c");
		word(w, "--verify_fatal=1");
		word(w, "--offset_increment=%llu", size);
	} else {
		word(w, "--time_based");
		word(w, "--runtime=%llums",
		     (unsigned long long)(c->time_ns / 1000000));
		if (c->warmup_ns)
			word(w, "--ramp_time=%llums",
			     (unsigned long long)(c->warmup_ns / 1000000));
		word(w, "--norandommap");
		word(w, "--continue_on_error=io");
		word(w, "--error_dump=1"); /* which ones */
	}
	if (size)
		word(w, "--size=%llu", size);
}

/* Total latency (lat), as our own load has it, in bins. */
static void fio_words(struct words *w, const struct guest_config *c)
{
	word(w, "fio");
	word(w, "--name=load");
	word(w, "--filename=/dev/%s", c->disk);
	word(w, "--direct=1");
	word(w, "--thread");
	word(w, "--allow_mounted_write=1");
	word(w, "--output-format=json+");
	word(w, "--lat_percentiles=1");
	word(w, "--clat_percentiles=0");
	what_words(w, c);
	length_words(w, c);
}

static void put_int(struct guest *g, const char *key, uint64_t v)
{
	json_object_set_new(g->result, key, json_integer((json_int_t)v));
}

static void put_result(struct guest *g, const struct guest_fio *f)
{
	double seconds = (double)f->runtime_ns * 1e-9;
	json_t *m = g->metrics;

	record_metric(m, "iops", (double)f->latency.count / seconds, "1/s",
		      "higher");
	record_metric(m, "bandwidth", (double)f->bytes / seconds, "B/s",
		      "higher");
	record_latency(m, &f->latency);
	put_int(g, "requests", f->latency.count);
	put_int(g, "bytes", f->bytes);
	json_object_set_new(g->result, "latency", hist_to_json(&f->latency));
}

/* Requests that failed, for the rule of failures.h. What else is wrong with a
 * job (a block that does not verify) has no allowance. */
static int take_failures(struct guest *g, const struct guest_fio *f,
			 const char *text, struct err *e)
{
	struct failures *all = &g->failures;
	struct failure first;
	char words[512];

	if (guest_fio_failure(&first, text))
		failures_keep_first(all, &first);
	if (f->jobs_in_error && !all->first.operation)
		return err_set(e, -EIO, "fio reports errors: %.300s",
			       text ? text : "");
	all->failed = all->in_window = f->failed;
	all->requests = f->latency.count + f->failed;
	all->at_least = f->failed && g->config->warmup_ns;
	if (f->jobs_in_error)
		return err_set(e, -EIO, "%s; fio stopped there",
			       failures_text(words, sizeof(words), all));
	if (!f->latency.count)
		return err_set(e, -ENODATA, "no request went well: %s",
			       failures_text(words, sizeof(words), all));
	return 0;
}

static int take_output(struct guest *g, const struct guest_job *j,
		       struct err *e)
{
	struct guest_fio *f = malloc(sizeof(*f));
	json_t *fio;
	int ret = 0;

	if (!f)
		return err_set(e, -ENOMEM, "out of memory");
	fio = guest_fio_parse(f, j->out.data, e);
	if (fio)
		ret = take_failures(g, f, j->error.data, e);
	else
		ret = -EPROTO;
	if (!ret)
		put_result(g, f);
	if (fio)
		json_object_set_new(g->result, "fio", fio);
	free(f);
	return ret;
}

/* What fio says of itself when it ended with @status and no result. */
static int fio_failed(const struct guest_job *j, int status, struct err *e)
{
	return err_set(e, -EIO, "fio in the guest: exit status %d: %.400s%.200s",
		       status, j->error.data ? j->error.data : "",
		       j->error.data || !j->out.data ? "" : j->out.data);
}

static int run(struct guest *g, struct err *e)
{
	const struct guest_config *c = g->config;
	struct words w = { .nr = 0 };
	struct guest_job j = { 0 };
	int status, ret;

	fio_words(&w, c);
	if (w.full)
		return err_set(e, -E2BIG, "fio's command line is too long");
	status = guest_vm_run_load(&g->vm[0], &j, w.argv,
			   c->verify ? VERIFY_NS :
				       c->time_ns + c->warmup_ns + 60 * SECOND,
			   e);
	ret = status < 0 ? status : take_output(g, &j, e);
	if (status > 0 && !g->failures.failed)
		ret = fio_failed(&j, status, e);
	guest_channel_drop(&g->vm[0].channel, &j);
	return ret;
}

const struct guest_load_ops guest_load_blk = {
	.name = "blk",
	.programs = programs,
	.check = check,
	.prepare = prepare,
	.run = run,
};
