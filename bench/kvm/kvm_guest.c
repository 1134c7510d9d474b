/* SPDX-License-Identifier: MIT */
/*
 * The bare guest: works a split ring with the driver's half that everything
 * else here uses, kicks by a real exit, sleeps in HLT, is woken by a real
 * interrupt. Freestanding, 32 bits, one flat binary within vioperf.
 *
 * KVM's instruction emulator, which runs it where there is no VMX or SVM, has
 * no IRET in protected mode: the handler, which never leaves its privilege,
 * returns by POPF and a far RET that drops the flags.
 */
#include "lib/blk_status.h"
#include "lib/virtio/ring_split.h"
#include "kvm_guest.h"

#define STR2(x) #x
#define STR(x)	STR2(x)

#define CONTROL ((volatile struct kvm_guest_control *)KVM_GUEST_CONTROL)
#define TIMES	((volatile struct kvm_guest_times *)KVM_GUEST_TIMES)
#define SLOTS	((struct kvm_guest_slot *)KVM_GUEST_SLOTS)
#define LOG	((struct kvm_guest_log *)KVM_GUEST_LOG)

void kvm_guest_main(void);

/* The entry lies first; the handler 16 bytes behind (kvm_vm.c knows). */
__asm__(".section .text.start,\"ax\"\n"
	"start:	movl $" STR(KVM_GUEST_STACK) ", %esp\n"
	"	jmp kvm_guest_main\n"
	".balign 16\n"
	"handler: pushl %eax\n"
	"	pushl %edx\n"
	"	rdtsc\n"
	"	movl %eax, handler_tsc\n"
	"	movl %edx, handler_tsc + 4\n"
	"	incl interrupts\n"
	"	movl $0, " STR(KVM_GUEST_APIC) " + 0xb0\n" /* EOI */
	"	popl %edx\n"
	"	popl %eax\n"
	"	pushl 8(%esp)\n"
	"	popfl\n"
	"	lret $4\n"
	".text\n");

uint64_t handler_tsc;
uint32_t interrupts;

static struct ring_driver ring;
static uint16_t free_slot[RING_SIZE_MAX];
static uint32_t nr_free;
static uint32_t random_state;
static uint32_t next_seq;
static bool exhausted; /* verify: this pass has no more requests */

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline void out(uint16_t port, uint32_t v)
{
	__asm__ __volatile__("outl %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

/* xorshift32: a handful of instructions, each of which may be emulated. */
static inline uint32_t random_below(uint32_t n)
{
	uint32_t x = random_state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	random_state = x;
	return (uint32_t)((uint64_t)x * n >> 32);
}

static void open_ring(void)
{
	volatile struct kvm_guest_control *c = CONTROL;
	uint32_t i;

	ring.num = (uint16_t)c->num;
	ring.event_idx = c->event_idx;
	ring.indirect = c->indirect;
	ring.split.desc = (void *)c->desc;
	ring.split.avail = (void *)c->avail;
	ring.split.used = (void *)c->used;
	ring.indirect_table = (void *)c->indirect_table;
	ring.indirect_gpa = c->indirect_table;
	ring.indirect_max = (uint16_t)c->indirect_max;
	ring.inflight = (void *)KVM_GUEST_INFLIGHT;
	split_driver_init(&ring);
	random_state = c->seed | 1;
	nr_free = c->depth;
	for (i = 0; i < nr_free; i++)
		free_slot[i] = (uint16_t)(nr_free - 1 - i);
}

/* What a virtio-blk request begins with (virtio 1.2, 5.2.6). */
struct blk_header {
	uint32_t type, reserved;
	uint64_t sector;
};

static uint32_t next_block(void)
{
	static uint32_t position;
	uint32_t n = CONTROL->nr_blocks;

	if (CONTROL->random)
		return random_below(n);
	if (position == n)
		position = 0;
	return position++;
}

static bool next_is_write(void)
{
	uint32_t percent = CONTROL->read_percent;

	return percent < 100 && (!percent || random_below(100) >= percent);
}

/* Build the next request of slot @i, or have the host build it. */
static enum kvm_guest_next next_request(uint32_t i)
{
	volatile struct kvm_guest_control *c = CONTROL;
	const struct kvm_guest_slot *s = &SLOTS[i];
	struct blk_header *h = (void *)(uint32_t)s->seg_addr[0];

	if (c->verify) {
		out(KVM_GUEST_NEXT_PORT, i);
		return c->next;
	}
	h->type = next_is_write();
	h->sector = (uint64_t)(c->first_block + next_block()) *
		    c->sectors_per_block;
	*(volatile uint8_t *)(uint32_t)s->seg_addr[2] = BLK_STATUS_NONE;
	return h->type ? KVM_NEXT_WRITE : KVM_NEXT_READ;
}

static int add_one(uint64_t now)
{
	uint32_t i = free_slot[nr_free - 1], next = next_request(i);
	struct kvm_guest_slot *s = &SLOTS[i];
	struct ring_seg seg[3];
	unsigned int k, nr_out = next == KVM_NEXT_WRITE ? 2 : 1;

	exhausted = next == KVM_NEXT_NONE;
	if (exhausted)
		return -ENOSPC;
	for (k = 0; k < 3; k++)
		seg[k] = (struct ring_seg){ s->seg_addr[k], s->seg_len[k] };
	s->flags = next == KVM_NEXT_WRITE ? KVM_LOG_WRITE : 0;
	s->start = now;
	s->seq = next_seq++;
	if (split_add(&ring, seg, nr_out, 3 - nr_out, i) < 0)
		return -ENOSPC;
	nr_free--;
	return 0;
}

static void log_request(const struct kvm_guest_slot *s, uint32_t head,
			uint64_t now, uint32_t flags)
{
	volatile struct kvm_guest_control *c = CONTROL;
	struct kvm_guest_log *l = &LOG[c->log_head &
				       (KVM_GUEST_LOG_ENTRIES - 1)];

	if (c->log_head - c->log_tail == KVM_GUEST_LOG_ENTRIES) {
		c->log_full++;
		return;
	}
	l->start = s->start;
	l->published = s->published;
	l->ticks = (uint32_t)(now - s->start);
	l->handler = (uint32_t)(now - handler_tsc);
	l->flags = s->flags | flags;
	l->seq = s->seq;
	l->head = head;
	ring_release(); /* the entry before the head that shows it */
	c->log_head++;
}

static void keep(volatile struct kvm_guest_failure *f,
		 const struct kvm_guest_slot *s, uint8_t status)
{
	const struct blk_header *h = (void *)(uint32_t)s->seg_addr[0];

	f->type = h->type;
	f->sector[0] = (uint32_t)h->sector;
	f->sector[1] = (uint32_t)(h->sector >> 32);
	f->status = status;
	f->seen = 1;
}

/* Count a request that did not go well. A status that makes no sense is the
 * end, as for the other driver. */
static uint32_t failed(const struct kvm_guest_slot *s, uint8_t status)
{
	volatile struct kvm_guest_control *c = CONTROL;

	if (!blk_status_valid(status)) {
		keep(&c->broke, s, status);
		out(KVM_GUEST_EXIT_PORT, 1);
		return 0;
	}
	if (!c->first.seen)
		keep(&c->first, s, status);
	c->failed++;
	c->unsupported += status == BLK_STATUS_UNSUPP;
	return KVM_LOG_ERROR;
}

/* Flags of what the device answered. */
static uint32_t answer(const struct kvm_guest_slot *s, uint32_t len)
{
	uint8_t status = *(volatile uint8_t *)(uint32_t)s->seg_addr[2];
	uint32_t flags = 0, in_bytes = s->flags & KVM_LOG_WRITE ? 0 :
							    s->seg_len[1];

	if (unlikely(!blk_used_len_right(status, in_bytes, len)))
		flags |= KVM_LOG_BAD_LENGTH;
	if (unlikely(status != BLK_STATUS_OK))
		flags |= failed(s, status);
	return flags;
}

/* Take all that is done; @called: an interrupt has just woken us. */
static uint32_t reap(bool called)
{
	uint32_t n = 0, flags;
	struct ring_done d;
	struct kvm_guest_slot *s;
	uint64_t now = 0;
	int ret;

	while ((ret = split_reap(&ring, &d)) > 0) {
		s = &SLOTS[d.cookie];
		if (!n)
			now = rdtsc();
		flags = called ? KVM_LOG_CALLED : 0;
		if (!n)
			flags |= flags * (KVM_LOG_CALL_FIRST / KVM_LOG_CALLED);
		flags |= answer(s, d.len);
		log_request(s, d.id, now, flags);
		if (CONTROL->verify) {
			CONTROL->done_len = d.len;
			CONTROL->done_head = d.id;
			out(KVM_GUEST_DONE_PORT, (uint32_t)d.cookie);
		}
		free_slot[nr_free++] = (uint16_t)d.cookie;
		n++;
	}
	if (called && n)
		TIMES->handler = handler_tsc;
	if (ret < 0) {
		CONTROL->broken = (uint32_t)-ret;
		out(KVM_GUEST_EXIT_PORT, 1);
	}
	return n;
}

static void kick(uint32_t from, uint32_t n)
{
	volatile struct kvm_guest_control *c = CONTROL;
	uint64_t before;
	uint32_t i;

	for (i = 0; i < n; i++)
		SLOTS[free_slot[from - 1 - i]].flags |=
			KVM_LOG_KICKED | (i ? 0 : KVM_LOG_KICK_FIRST);
	before = rdtsc();
	TIMES->kick = before;
	TIMES->announced = n;
	/* How many it announces, for whoever traces; KVM ignores it. */
	if (c->kick_port)
		out(KVM_GUEST_KICK_PORT, n);
	else
		*(volatile uint32_t *)KVM_GUEST_KICK_MMIO = n;
	c->kick_ticks += rdtsc() - before;
	c->kick_timed++;
	c->kicked_at = ring.published;
}

static uint32_t fill(void)
{
	uint32_t from = nr_free, n, i;
	uint64_t now;

	if (CONTROL->stop || exhausted || !nr_free)
		return 0;
	now = rdtsc();
	while (nr_free && add_one(now) == 0)
		;
	n = from - nr_free;
	now = rdtsc();
	for (i = 0; i < n; i++)
		SLOTS[free_slot[from - 1 - i]].published =
			(uint32_t)(now - SLOTS[free_slot[from - 1 - i]].start);
	if (n)
		SLOTS[free_slot[from - 1]].flags |= KVM_LOG_PUBLISHED;
	CONTROL->in_flight = CONTROL->depth - nr_free;
	if (n && split_driver_publish(&ring))
		kick(from, n);
	return n;
}

/* Nothing to do: look again, or halt until the interrupt. True: it came. */
static bool idle(void)
{
	volatile struct kvm_guest_control *c = CONTROL;
	uint32_t before;

	if (c->poll) {
		split_driver_disarm(&ring);
		cpu_relax();
		return false;
	}
	if (!split_driver_arm(&ring, 1))
		return false;
	before = interrupts;
	c->halts++;
	__asm__ __volatile__("sti\n hlt\n cli" : : : "memory");
	c->interrupts = interrupts;
	return interrupts != before;
}

/* Until the host says stop, or has no more requests, and all are back. */
static void run_pass(void)
{
	volatile struct kvm_guest_control *c = CONTROL;
	bool called = false;
	uint32_t n;

	exhausted = false;
	for (;;) {
		n = reap(called);
		if (called && !n && !c->stop)
			c->spurious++;
		called = false;
		c->in_flight = c->depth - nr_free;
		n += fill();
		if (n)
			continue;
		if ((c->stop || exhausted) && nr_free == c->depth)
			return;
		called = idle();
	}
}

void kvm_guest_main(void)
{
	open_ring();
	if (CONTROL->poll)
		split_driver_disarm(&ring);
	for (;;) {
		run_pass();
		out(KVM_GUEST_EXIT_PORT, 0);
	}
}
