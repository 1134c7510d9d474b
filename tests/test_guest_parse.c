/* SPDX-License-Identifier: MIT */
/* What fio, iperf and ping print, and what they might. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/linux/guest.h"
#include "bench/linux/load/guest_fio.h"
#include "bench/linux/load/guest_iperf.h"

static struct guest_fio fio;
static struct hist hist;

#define LAT(bins, min, mean, max)                                              \
	"\"lat_ns\":{\"min\":" #min ",\"max\":" #max ",\"mean\":" #mean         \
	",\"bins\":{" bins "}}"

/* Notes first, two jobs, reads and writes: all of it added up. */
static void test_fio(void **state)
{
	static const char text[] =
		"note: both iodepth >= 1 and synchronous I/O engine\n"
		"{\"fio version\":\"fio-3.33\",\"jobs\":["
		"{\"error\":0,\"read\":{\"io_bytes\":8192,\"runtime\":1000,"
		"\"total_ios\":2," LAT("\"1008\":1,\"2032\":1", 1000, 1500.0,
				       2000) "},"
		"\"write\":{\"total_ios\":0}},"
		"{\"error\":0,\"read\":{\"io_bytes\":4096,\"runtime\":1001,"
		"\"total_ios\":1," LAT("\"500\":1", 500, 500.0, 500) "},"
		"\"write\":{\"io_bytes\":4096,\"runtime\":900,"
		"\"total_ios\":1," LAT("\"4064\":1", 4000, 4000.0, 4000) "}}"
		"]}\ntrailing";
	struct err e;
	json_t *j = guest_fio_parse(&fio, text, &e);

	(void)state;
	assert_non_null(j);
	assert_int_equal(fio.bytes, 16384);
	assert_int_equal(fio.runtime_ns, 1001000000);
	assert_int_equal(fio.failed, 0);
	assert_int_equal(fio.latency.count, 4);
	assert_int_equal(fio.latency.sum_ns, 3000 + 500 + 4000);
	assert_int_equal(fio.latency.min_ns, 500);
	assert_int_equal(fio.latency.max_ns, 4000);
	json_decref(j);
}

/* Of three jobs one went on after two errors, and one stopped at its first. */
static void test_fio_errors(void **state)
{
	static const char text[] =
		"{\"jobs\":["
		"{\"error\":5,\"total_err\":2,\"first_error\":5,"
		"\"read\":{\"io_bytes\":8192,\"runtime\":1000,"
		"\"total_ios\":4," LAT("\"1008\":1,\"2032\":1", 1000, 1500.0,
				       2000) "}},"
		"{\"error\":5,\"read\":{\"total_ios\":1}},"
		"{\"error\":0,\"total_err\":0,\"first_error\":0}]}";
	struct err e;
	json_t *j = guest_fio_parse(&fio, text, &e);

	(void)state;
	assert_non_null(j);
	assert_int_equal(fio.failed, 3);
	assert_int_equal(fio.jobs_in_error, 1);
	assert_int_equal(fio.latency.count, 2);
	json_decref(j);
}

static void test_fio_failure(void **state)
{
	static const char *const none[] = {
		NULL, "", "fio: io_u error", "fio: io_u error on file x: y",
		"fio: io_u error on file x: why: burn offset=1, buflen=2",
		"fio: io_u error on file x: why: read offset=, buflen=2",
	};
	struct failure first;
	size_t i;

	(void)state;
	assert_true(guest_fio_failure(
		&first, "note\nfio: io_u error on file /dev/vda: "
			"Input/output error: read offset=32768, buflen=4096\n"
			"fio: io_u error on file /dev/vda: No space left on "
			"device: write offset=0, buflen=4096\n"));
	assert_string_equal(first.operation, "read");
	assert_string_equal(first.status, "Input/output error");
	assert_int_equal(first.sector, 64);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(guest_fio_failure(&first, none[i]));
}

static void test_fio_bad(void **state)
{
	static const char *const texts[] = {
		"", "nothing", "{", "{}", "{\"jobs\":[]}", "{\"jobs\":5}",
		"{\"jobs\":[5]}", "{\"jobs\":[{}]}",
		/* requests, but no bins; bins that are none */
		"{\"jobs\":[{\"read\":{\"total_ios\":3}}]}",
		"{\"jobs\":[{\"read\":{\"total_ios\":3,"
		"\"lat_ns\":{\"bins\":{\"x\":3}}}}]}",
		"{\"jobs\":[{\"read\":{\"total_ios\":3,"
		"\"lat_ns\":{\"bins\":{\"1\":-3}}}}]}",
		"{\"jobs\":[{\"read\":{\"total_ios\":3,"
		"\"lat_ns\":{\"bins\":{\"1\":\"many\"}}}}]}",
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(guest_fio_parse(&fio, texts[i], &e));
	assert_null(guest_fio_parse(&fio, NULL, &e));
}

static const char csv[] =
	"20261121015037,127.0.0.1,39966,127.0.0.1,5301,1,0.0-0.1,1000,80000\n"
	"20261121015037,127.0.0.1,39966,127.0.0.1,5301,1,0.1-0.2,2000,80000\n"
	"20261121015037,127.0.0.1,39966,127.0.0.1,5301,1,0.2-0.3,4000,80000\n"
	"20261121015037,127.0.0.1,39966,127.0.0.1,5301,1,0.0-0.3,7000,80000\n";

/* The sum at the end is not counted again, the warm-up not at all. */
static void test_iperf_csv(void **state)
{
	struct guest_iperf r;
	struct err e;

	(void)state;
	assert_int_equal(guest_iperf_csv(&r, csv, 0, 0.3, &e), 0);
	assert_int_equal(r.bytes, 7000);
	assert_true(r.seconds > 0.299 && r.seconds < 0.301);
	assert_true(r.jitter_ns < 0);
	assert_int_equal(guest_iperf_csv(&r, csv, 0.1, 0.3, &e), 0);
	assert_int_equal(r.bytes, 6000);
	assert_int_equal(guest_iperf_csv(&r, csv, 5, 6, &e), -ENODATA);
	assert_int_equal(guest_iperf_csv(&r, "", 0, 1, &e), -ENODATA);
	assert_int_equal(guest_iperf_csv(&r, NULL, 0, 1, &e), -ENODATA);
	assert_int_equal(guest_iperf_csv(&r, "a,b,c\n,,,,,,x-y,,\n", 0, 1, &e),
			 -ENODATA);
}

static void test_iperf_udp(void **state)
{
	static const char udp[] =
		"2026,127.0.0.1,3,127.0.0.1,5302,1,0.0-0.1,5925,474,0.050,4,"
		"60,37.887,0\n"
		"2026,127.0.0.1,3,127.0.0.1,5302,1,0.1-0.2,5925,474,0.069,1,"
		"40,37.887,0\n";
	struct guest_iperf r;
	struct err e;

	(void)state;
	assert_int_equal(guest_iperf_csv(&r, udp, 0, 0.2, &e), 0);
	assert_int_equal(r.lost, 5);
	assert_int_equal(r.packets, 100);
	assert_true(r.jitter_ns > 68999 && r.jitter_ns < 69001);
}

#define HEAD "[ ID] Interval\n"
#define PDF(pairs, n, obl)                                                     \
	"[  1] 0.0-2.0 sec BB8(f)-PDF: bin(w=100us):cnt(" #n ")=" pairs         \
	" (5.00/95.00/99.7%=3/6/13,Outliers=20,obl/obu=" #obl "/0)\n"

static void test_iperf_histogram(void **state)
{
	static const char good[] =
		HEAD "[  1] 0.0-2.0 sec  1.03 MBytes  4.28 Mbits/sec    "
		"10=0.348/0.146/7.535/0.207 ms    0   14K/2998 us    28 rps\n"
		PDF("2:4,3:5,76:1", 10, 0);
	static const char trip[] =
		HEAD "[  1] 0.0-3.0 sec   399 MBytes  1.11 Gbits/sec  "
		"0.592/0.163/13.173/0.791 ms (3/131072) 80.4 KByte 2  9=2:5\n"
		"[  1] 0.0-3.0 sec F8(f)-PDF: bin(w=100us):cnt(3)=2:1,3:2 "
		"(5.00/95.00/99.7%=3/6/13,Outliers=20,obl/obu=0/0)\n";
	struct err e;

	(void)state;
	assert_int_equal(guest_iperf_histogram(&hist, good, &e), 0);
	assert_int_equal(hist.count, 10);
	assert_int_equal(hist.sum_ns, 3480000);
	assert_int_equal(hist.min_ns, 146000);
	assert_int_equal(hist.max_ns, 7535000);
	/* the fifth of ten: in the bin from 200 to 300 us */
	assert_true(hist_quantile(&hist, 0.5) > 200000);
	assert_true(hist_quantile(&hist, 0.5) < 300000);
	assert_int_equal(guest_iperf_histogram(&hist, trip, &e), 0);
	assert_int_equal(hist.count, 3);
	assert_int_equal(hist.max_ns, 13173000);
}

static void test_iperf_histogram_bad(void **state)
{
	static const struct {
		const char *text;
		int ret;
	} bad[] = {
		{ "", -ENODATA },
		{ "no histogram here\n", -ENODATA },
		{ "BB8(f)-PDF: bin(w=many):cnt(1)=1:1\n", -ENODATA },
		/* below all bins: the clocks differ */
		{ HEAD " 2=0.1/0.1/0.1/0.1 ms\n" PDF("1:2", 2, 7), -ERANGE },
		/* a negative minimum */
		{ HEAD " 2=0.1/-0.1/0.1/0.1 ms\n" PDF("1:2", 2, 0), -ERANGE },
		/* fewer in bins than counted; bin 0; more than counted */
		{ HEAD " 3=0.1/0.1/0.1/0.1 ms\n" PDF("1:2", 3, 0), -ERANGE },
		{ HEAD " 3=0.1/0.1/0.1/0.1 ms\n" PDF("0:3", 3, 0), -EPROTO },
		{ HEAD " 3=0.1/0.1/0.1/0.1 ms\n" PDF("1:9", 3, 0), -EPROTO },
		/* nothing exact beside it */
		{ PDF("1:2", 2, 0), -EPROTO },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(guest_iperf_histogram(&hist, bad[i].text, &e),
				 bad[i].ret);
	assert_int_equal(guest_iperf_histogram(&hist, NULL, &e), -ENODATA);
}

/* One ping may be on its way when it is told to end; not two. */
static void test_ping_lost(void **state)
{
	struct failures f = { 0 };

	(void)state;
	guest_ping_lost(&f, "20 packets transmitted, 19 packets received, 5% "
			    "packet loss\n100 packets transmitted, 100 "
			    "packets received, 0% packet loss\n");
	assert_int_equal(f.failed, 0);
	assert_int_equal(f.requests, 120);
	guest_ping_lost(&f, "99 packets transmitted, 90 packets received, 9% "
			    "packet loss\n");
	assert_int_equal(f.failed, 9);
	assert_int_equal(f.requests, 219);
	assert_string_equal(f.first.operation, "ping");
	guest_ping_lost(&f, " packets transmitted, 90");
	guest_ping_lost(&f, NULL);
	assert_int_equal(f.failed, 9);
}

static void test_ping(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(
		guest_ping_times(&hist,
				 "PING 10.9.0.1 (10.9.0.1): 56 data bytes\n"
				 "64 bytes: seq=0 ttl=64 time=2.287 ms\n"
				 "64 bytes: seq=1 ttl=64 time=1.000 ms\n"
				 "64 bytes: seq=1 ttl=64 time=-1.0 ms\n"
				 "64 bytes: seq=1 ttl=64 time=fast\n",
				 &e),
		0);
	assert_int_equal(hist.count, 2);
	assert_int_equal(hist.max_ns, 2287000);
	assert_int_equal(guest_ping_times(&hist, "100% packet loss\n", &e),
			 -ENODATA);
	assert_int_equal(guest_ping_times(&hist, NULL, &e), -ENODATA);
}

static void test_text_value(void **state)
{
	char v[8];

	(void)state;
	assert_string_equal(guest_text_value("a=1\nab=2\n", "ab", v, 8), "2");
	assert_string_equal(guest_text_value("xab=2", "ab", v, 8), "");
	assert_string_equal(guest_text_value("ab=123456789", "ab", v, 8),
			    "1234567");
	assert_string_equal(guest_text_value(NULL, "ab", v, 8), "");
	assert_string_equal(guest_text_value("ab", "ab", v, 8), "");
}

/* What was asked for against what was negotiated. */
static void test_features(void **state)
{
	struct guest_config c = { .virtio_id = 2 };
	struct guest g = { .config = &c };
	/* bits 28 (indirect), 29 (event_idx), 32 (version 1) */
	char facts[] = "features=0000000000000000000000000000110010000000\n";
	static const struct {
		const char *asked;
		int ret;
	} cases[] = { { "event_idx=on", 0 },	    { "indirect=on", 0 },
		      { "packed=off", 0 },	    { "packed=on", -EPROTO },
		      { "event_idx=off", -EPROTO }, { "packed", -EINVAL },
		      { "colour=on", -EINVAL },	    { "packed=yes", -EINVAL } };
	struct err e;
	size_t i;

	(void)state;
	g.device = json_object();
	c.nr_features = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.feature[0] = cases[i].asked;
		assert_int_equal(guest_check_features(&g, facts, &e),
				 cases[i].ret);
	}
	assert_int_equal(guest_check_features(&g, "queues=1\n", &e), -ENODEV);
	assert_int_equal(json_array_size(json_object_get(g.device,
							 "features")), 3);
	json_decref(g.device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fio),
		cmocka_unit_test(test_fio_errors),
		cmocka_unit_test(test_fio_failure),
		cmocka_unit_test(test_fio_bad),
		cmocka_unit_test(test_iperf_csv),
		cmocka_unit_test(test_iperf_udp),
		cmocka_unit_test(test_iperf_histogram),
		cmocka_unit_test(test_iperf_histogram_bad),
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_ping_lost),
		cmocka_unit_test(test_text_value),
		cmocka_unit_test(test_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
