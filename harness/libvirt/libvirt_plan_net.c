/* SPDX-License-Identifier: MIT */
/* What <interface>, <rng> and <memballoon> of a domain are and could be. */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "libvirt_plan.h"

/* virtio, virtio-transitional and virtio-non-transitional */
static bool is_virtio(const char *model)
{
	return !strncmp(model, "virtio", 6);
}

static const struct {
	const char *model;
	const char *base;
} models[] = {
	{ "rtl8139", "qemu-rtl8139" },
	{ "e1000", "qemu-e1000" },
	{ "e1000e", "qemu-e1000e" },
	{ "vmxnet3", "qemu-vmxnet3" },
};

/* What libvirt takes where <model> is missing. */
static const char *model_of(const struct libvirt_interface *i,
			    const struct libvirt_domain *d)
{
	static const char *const x86[] = { "", "x86_64", "i686" };
	size_t k;

	if (*i->model)
		return i->model;
	for (k = 0; k < ARRAY_SIZE(x86); k++)
		if (plan_is(d->arch, x86[k]))
			return "rtl8139";
	return "virtio";
}

/* How the net that the run makes differs from the domain's. */
static void remark_type(struct plan_item *item,
			const struct libvirt_interface *i)
{
	if (plan_is(i->type, "vhostuser"))
		plan_remark(item, "over a tap, for a vhost-user switch");
	else if (plan_is(i->type, "direct"))
		plan_remark(item, "over a tap and a bridge, not macvtap");
	else if (plan_is(i->type, "user") && plan_is(i->backend, "passt"))
		plan_remark(item, "over slirp, not passt");
}

/* QEMU takes 256 to 1024, and has 256. */
static void shape_ring(struct plan_item *item,
		       const struct libvirt_interface *i)
{
	unsigned int n = i->rx_queue_size;
	char note[80];

	if (n >= 256 && n <= 1024 && !(n & (n - 1))) {
		item->shape.ring_size = n;
	} else if (n) {
		snprintf(note, sizeof(note), "rx_queue_size='%u': QEMU takes a "
			 "power of two from 256 to 1024: here 256", n);
		plan_note(item, note);
	}
	item->shape.no_event_idx = plan_is(i->event_idx, "off");
	item->shape.packed = plan_is(i->packed, "on");
}

/* libvirt takes vhost unless it is told not to, or has no tap to give it. */
static void choose_target(struct plan_item *item,
			  const struct libvirt_interface *i, const char *model)
{
	bool vhost = is_virtio(model) && !plan_is(i->driver, "qemu") &&
		     !item->slirp;
	size_t k;

	if (is_virtio(model))
		item->base = "qemu-virtio-net";
	for (k = 0; k < ARRAY_SIZE(models); k++)
		if (plan_is(model, models[k].model))
			item->base = models[k].base;
	if (!item->base) {
		plan_remark(item, "this model has no target");
		return;
	}
	if (is_virtio(model))
		shape_ring(item, i);
	snprintf(item->target, sizeof(item->target), "%s%s%s", item->base,
		 vhost ? "+vhost" : "", item->slirp ? "+slirp" : "");
	remark_type(item, i);
}

void plan_interface(struct plan_item *item, const struct libvirt_interface *i,
		    const struct libvirt_domain *d)
{
	const char *model = model_of(i, d);

	item->shape.ring_size = 256;
	item->unread = i->unread;
	snprintf(item->name, sizeof(item->name), "%s", i->name);
	plan_say(item, "type", *i->type ? i->type : "unknown");
	plan_say(item, "backend", i->backend);
	if (plan_is(i->type, "hostdev") || plan_is(i->type, "vdpa")) {
		plan_remark(item, "a device of the host");
		return;
	}
	if (*i->model)
		plan_say(item, "model", i->model);
	else
		plan_say(item, "no model, so", model);
	plan_say(item, "driver", i->driver);
	plan_say_number(item, "queues", i->queues);
	plan_say_number(item, "rx_queue_size", i->rx_queue_size);
	plan_say(item, "event_idx", i->event_idx);
	plan_say(item, "packed", i->packed);
	item->offer = true;
	item->slirp = plan_is(i->type, "user");
	choose_target(item, i, model);
}

void plan_interface_alternatives(struct plan *p, const struct plan_item *item)
{
	if (item->slirp)
		plan_add(p, PLAN_NET, "qemu-virtio-net+slirp", &item->shape,
			 "<model type='virtio'/>");
	plan_add(p, PLAN_NET, "qemu-virtio-net", &item->shape,
		 "<model type='virtio'/> <driver name='qemu'/>, on a bridge");
	plan_add(p, PLAN_NET, "qemu-virtio-net+vhost", &item->shape,
		 "<model type='virtio'/> <driver name='vhost'/>, on a bridge");
}

void plan_rng(struct plan_item *item, const struct libvirt_rng *rng)
{
	plan_say(item, "model", *rng->model ? rng->model : "unknown");
	plan_say(item, "backend", *rng->backend ? rng->backend : "unknown");
	plan_say(item, "from", rng->source);
	item->unread = rng->unread;
	if (!is_virtio(rng->model)) {
		plan_remark(item, "this model has no target");
		return;
	}
	item->offer = true;
	if (plan_is(rng->backend, "random") || plan_is(rng->backend, "builtin"))
		snprintf(item->target, sizeof(item->target),
			 "qemu-virtio-rng%s",
			 plan_is(rng->backend, "builtin") ? "+builtin" : "");
	else
		plan_remark(item, "this back end has no target");
}

void plan_rng_alternatives(struct plan *p, const struct plan_item *item)
{
	plan_add(p, item->type, "qemu-virtio-rng", &item->shape,
		 "<backend model='random'>/dev/urandom</backend>");
	plan_add(p, item->type, "qemu-virtio-rng+builtin", &item->shape,
		 "<backend model='builtin'/>");
}

void plan_balloon(struct plan_item *item, const struct libvirt_domain *d)
{
	const char *model = d->balloon;

	item->unread = d->balloon_unread;
	if (!*model) {
		plan_say(item, "not given, so libvirt adds", "a virtio one");
		model = "virtio";
	} else {
		plan_say(item, "model", model);
	}
	if (is_virtio(model))
		strcpy(item->target, "qemu-virtio-balloon");
	else if (plan_is(model, "none"))
		plan_remark(item, "there is none");
	else
		plan_remark(item, "this model has no target");
}
