/* SPDX-License-Identifier: MIT */
#include "notifications.h"

#include <math.h>

#include "lib/util.h"
#include "html.h"
#include "report.h"
#include "table.h"

void notifications_add(struct notifications *n, const json_t *load)
{
	static const char *const keys[NOTIFICATION_COUNT] = {
		[NOTIFICATION_REQUESTS] = "requests",
		[NOTIFICATION_PUBLISHES] = "publishes",
		[NOTIFICATION_KICKS] = "kicks",
		[NOTIFICATION_KICKED_REQUESTS] = "kicked_requests",
		[NOTIFICATION_CALLS] = "calls",
		[NOTIFICATION_CALLED_REQUESTS] = "called_requests",
		[NOTIFICATION_SPURIOUS] = "spurious_wakeups",
		[NOTIFICATION_LOST_KICKS] = "lost_kicks",
		[NOTIFICATION_LOST_CALLS] = "lost_calls",
		[NOTIFICATION_EXITS] = "exits",
	};
	const json_t *v;
	int i;

	n->blocks++;
	for (i = 0; i < NOTIFICATION_COUNT; i++) {
		v = json_object_get(i == NOTIFICATION_EXITS ?
					    json_object_get(load, "kvm") :
					    load, keys[i]);
		/* A request that failed was notified of like any other. */
		if (i == NOTIFICATION_REQUESTS)
			v = json_object_get(load, "answered") ?: v;
		if (!json_is_number(v))
			continue;
		n->blocks_with[i]++;
		n->sum[i] += json_number_value(v);
	}
}

/* A ratio needs both sides of it from the same blocks. */
static bool knows(const struct notifications *n, enum notification_id id)
{
	return n->blocks && n->blocks_with[id] == n->blocks;
}

static double ratio(const struct notifications *n, enum notification_id a,
		    enum notification_id b)
{
	return knows(n, a) && knows(n, b) && n->sum[b] > 0 ?
		       n->sum[a] / n->sum[b] : NAN;
}

static double per_1000(const struct notifications *n, enum notification_id id)
{
	return 1000 * ratio(n, id, NOTIFICATION_REQUESTS);
}

static double kicks(const struct notifications *n)
{
	return per_1000(n, NOTIFICATION_KICKS);
}

/* Times that requests were shown and the device wanted no kick for them. */
static double kicks_saved(const struct notifications *n)
{
	return per_1000(n, NOTIFICATION_PUBLISHES) - kicks(n);
}

static double requests_a_kick(const struct notifications *n)
{
	return ratio(n, NOTIFICATION_KICKED_REQUESTS, NOTIFICATION_KICKS);
}

static double calls(const struct notifications *n)
{
	return per_1000(n, NOTIFICATION_CALLS);
}

static double uncalled(const struct notifications *n)
{
	return 1000 - per_1000(n, NOTIFICATION_CALLED_REQUESTS);
}

static double requests_a_call(const struct notifications *n)
{
	return ratio(n, NOTIFICATION_CALLED_REQUESTS, NOTIFICATION_CALLS);
}

static double exits(const struct notifications *n)
{
	return per_1000(n, NOTIFICATION_EXITS);
}

static double spurious(const struct notifications *n)
{
	return per_1000(n, NOTIFICATION_SPURIOUS);
}

/* As many as there were: each is one too many. */
static double lost(const struct notifications *n)
{
	return knows(n, NOTIFICATION_LOST_KICKS) &&
			       knows(n, NOTIFICATION_LOST_CALLS) ?
		       n->sum[NOTIFICATION_LOST_KICKS] +
			       n->sum[NOTIFICATION_LOST_CALLS] : NAN;
}

static const struct column {
	const char *title;
	const char *key;
	const char *what;
	double (*value)(const struct notifications *n);
} columns[] = {
	{ "kicks", "kicks", "driver's notifications, per 1,000 requests",
	  kicks },
	{ "saved", "kicks_saved", "times that new requests were shown and the "
	  "device wanted no kick, per 1,000 requests", kicks_saved },
	{ "requests/kick", "requests_per_kick", "requests that one kick "
	  "announced", requests_a_kick },
	{ "calls", "calls", "device's notifications, per 1,000 requests",
	  calls },
	{ "uncalled", "uncalled_requests", "of 1,000 requests, those that the "
	  "driver found without having been called", uncalled },
	{ "requests/call", "requests_per_call", "requests found after one call",
	  requests_a_call },
	{ "exits", "exits", "VM exits, per 1,000 requests", exits },
	{ "spurious", "spurious_wakeups", "wake-ups with nothing in the ring, "
	  "per 1,000 requests", spurious },
	{ "lost", "lost", "notifications lost: published, no notification "
	  "wanted, yet the other side slept; how many in all", lost },
};

static bool is_known(const struct cell *c)
{
	return knows(&c->notifications, NOTIFICATION_KICKS);
}

static char *text_of(char *buf, size_t len, double v)
{
	const char *sign = v < 0 ? "−" : "";

	v = fabs(v);
	if (isnan(v))
		snprintf(buf, len, "–");
	else if (v > 0 && v < 0.005)
		snprintf(buf, len, "<0.01");
	else if (v > 0 && v < 9.995)
		snprintf(buf, len, "%s%.2f", sign, v);
	else
		snprintf(buf, len, "%s%.0f", sign, v);
	return buf;
}

bool notifications_any(const struct report *r)
{
	int i, j;

	for (i = 0; i < r->nr_comparisons; i++)
		for (j = 0; j < r->comparison[i].nr_measured; j++)
			if (is_known(r->comparison[i].member[j].cell))
				return true;
	return false;
}

static void fill_comparison(const struct report_comparison *k, struct table *t)
{
	const struct notifications *n;
	bool headed = false;
	char text[32];
	size_t c;
	int i;

	for (i = 0; i < k->nr_measured; i++) {
		if (!is_known(k->member[i].cell))
			continue;
		if (!headed)
			table_heading(t, k->heading);
		headed = true;
		n = &k->member[i].cell->notifications;
		table_row(t, lost(n) > 0 ? TABLE_BAD : TABLE_PLAIN);
		table_set(t, 0, k->member[i].name);
		for (c = 0; c < ARRAY_SIZE(columns); c++)
			table_set(t, (int)c + 1,
				  text_of(text, sizeof(text),
					  columns[c].value(n)));
	}
}

void notifications_fill(const struct report *r, struct table *t)
{
	size_t c;
	int i;

	t->nr_columns = ARRAY_SIZE(columns) + 1;
	t->title[0] = "target";
	t->left[0] = true;
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		t->title[c + 1] = columns[c].title;
	for (i = 0; i < r->nr_comparisons; i++)
		fill_comparison(&r->comparison[i], t);
}

static void html_row(const struct report_member *m, FILE *out)
{
	const struct notifications *n = &m->cell->notifications;
	char text[32];
	size_t c;

	fputs("<tr><td>", out);
	html_put(out, m->name);
	fputs("</td>", out);
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		fprintf(out, "<td%s>%s</td>",
			columns[c].value == lost && lost(n) > 0 ?
				" class=\"bad\"" : "",
			text_of(text, sizeof(text), columns[c].value(n)));
	fputs("</tr>\n", out);
}

void notifications_html(const struct report_comparison *k, FILE *out)
{
	bool any = false;
	size_t c;
	int i;

	for (i = 0; i < k->nr_measured; i++)
		any = any || is_known(k->member[i].cell);
	if (!any)
		return;
	fputs("<h3>Notifications, per 1,000 requests</h3>\n"
	      "<div class=\"wide\" tabindex=\"0\"><table>\n<tr><th></th>", out);
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		fprintf(out, "<th title=\"%s\">%s</th>", columns[c].what,
			columns[c].title);
	fputs("</tr>\n", out);
	for (i = 0; i < k->nr_measured; i++)
		if (is_known(k->member[i].cell))
			html_row(&k->member[i], out);
	fputs("</table></div>\n", out);
}

json_t *notifications_json(const struct notifications *n)
{
	json_t *j = json_object();
	double v;
	size_t c;

	for (c = 0; c < ARRAY_SIZE(columns); c++) {
		v = columns[c].value(n);
		json_object_set_new(j, columns[c].key,
				    isnan(v) ? json_null() : json_real(v));
	}
	return j;
}
