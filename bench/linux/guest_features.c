/* SPDX-License-Identifier: MIT */
/* What the guest's driver and the device agreed on, as sysfs shows it. */
#include <errno.h>
#include <string.h>

#include "lib/virtio/ring.h"
#include "lib/util.h"
#include "guest.h"

static const struct {
	const char *key;  /* of --feature */
	const char *name; /* in records */
	unsigned int bit;
} ring_features[] = {
	{ "indirect", "INDIRECT_DESC", VIRTIO_F_INDIRECT_BIT },
	{ "event_idx", "EVENT_IDX", VIRTIO_F_EVENT_IDX_BIT },
	{ "version_1", "VERSION_1", VIRTIO_F_VERSION_1_BIT },
	{ "packed", "RING_PACKED", VIRTIO_F_RING_PACKED_BIT },
};

const char *guest_text_value(const char *text, const char *key, char *buf,
			     size_t room)
{
	size_t n = strlen(key), len;

	buf[0] = 0;
	for (; text && *text; text += strcspn(text, "\n") + 1) {
		if (!strncmp(text, key, n) && text[n] == '=') {
			len = MIN(strcspn(text + n + 1, "\n"), room - 1);
			memcpy(buf, text + n + 1, len);
			buf[len] = 0;
			return buf;
		}
		if (!text[strcspn(text, "\n")])
			break;
	}
	return buf;
}

static void put_features(struct guest *g, const char *bits)
{
	json_t *names = json_array();
	size_t i;

	json_object_set_new(g->device, "feature_bits", json_string(bits));
	for (i = 0; i < ARRAY_SIZE(ring_features); i++)
		if (strlen(bits) > ring_features[i].bit &&
		    bits[ring_features[i].bit] == '1')
			json_array_append_new(
				names, json_string(ring_features[i].name));
	json_object_set_new(g->device, "features", names);
}

static int check_feature(const char *asked, const char *bits, struct err *e)
{
	size_t i, n = strcspn(asked, "=");
	bool on = !strcmp(asked + n, "=on"), has;

	for (i = 0; i < ARRAY_SIZE(ring_features); i++)
		if (strlen(ring_features[i].key) == n &&
		    !strncmp(ring_features[i].key, asked, n))
			break;
	if (i == ARRAY_SIZE(ring_features) || (!on && strcmp(asked + n, "=off")))
		return err_set(e, -EINVAL, "--feature %s: use event_idx, "
			       "indirect or packed, =on or =off", asked);
	has = strlen(bits) > ring_features[i].bit &&
	      bits[ring_features[i].bit] == '1';
	if (has != on)
		return err_set(e, -EPROTO, "%s was asked for, the guest's "
			       "driver and the device agreed on %.*s=%s", asked,
			       (int)n, asked, has ? "on" : "off");
	return 0;
}

int guest_check_features(struct guest *g, const char *facts, struct err *e)
{
	unsigned int i;
	char bits[128];
	int ret = 0;

	if (!g->config->virtio_id)
		return 0;
	guest_text_value(facts, "features", bits, sizeof(bits));
	if (!*bits)
		return err_set(e, -ENODEV, "the guest has no virtio device of "
			       "type %u", g->config->virtio_id);
	put_features(g, bits);
	for (i = 0; !ret && i < g->config->nr_features; i++)
		ret = check_feature(g->config->feature[i], bits, e);
	return ret;
}
