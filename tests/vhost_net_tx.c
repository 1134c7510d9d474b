/* SPDX-License-Identifier: MIT */
/*
 * A driver of the kernel's own network device, vhost_net, without a VM: sends
 * one frame after the other through a tap, a kick and a call each, so that a
 * tracer has something in the kernel to look at. Works in a network namespace
 * of its own.
 *
 *   vhost_net_tx SECONDS RINGS-FILE    (or until SIGINT)
 *
 * Prints {"pid","sent","kicks","calls","seen"}: seen are the frames that the
 * tap has counted; exits 1 when those are not the ones sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RING_SIZE    256
#define MEMORY_BYTES (1u << 20)
#define MEMORY_GPA   (1ull << 30)
#define HEADER_BYTES 12 /* struct virtio_net_hdr_v1 */
#define FRAME_BYTES  60
#define TX	     1
#define PAUSE_US     500 /* leaves the CPU to whoever traces */

static volatile sig_atomic_t stopped;
static uint8_t *memory;
static int vhost, tap, kick[2], call[2];
static struct vring ring[2];

static void die(const char *what)
{
	fprintf(stderr, "vhost_net_tx: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void open_tap(void)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int header = HEADER_BYTES, sock;

	if (unshare(CLONE_NEWNET))
		die("network namespace");
	tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strcpy(r.ifr_name, "tap0");
	if (tap < 0 || ioctl(tap, TUNSETIFF, &r) ||
	    ioctl(tap, TUNSETVNETHDRSZ, &header))
		die("tap");
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r.ifr_flags = IFF_UP;
	if (sock < 0 || ioctl(sock, SIOCSIFFLAGS, &r))
		die("tap up");
	close(sock);
}

static void vhost_ioctl(unsigned long request, void *arg, const char *what)
{
	if (ioctl(vhost, request, arg))
		die(what);
}

static void open_ring(unsigned int i)
{
	uint8_t *at = memory + i * 65536;
	struct vhost_vring_state num = { .index = i, .num = RING_SIZE };
	struct vhost_vring_state base = { .index = i };
	struct vhost_vring_addr addr = { .index = i };
	struct vhost_vring_file file = { .index = i };

	vring_init(&ring[i], RING_SIZE, at, 4096);
	addr.desc_user_addr = (uintptr_t)ring[i].desc;
	addr.avail_user_addr = (uintptr_t)ring[i].avail;
	addr.used_user_addr = (uintptr_t)ring[i].used;
	vhost_ioctl(VHOST_SET_VRING_NUM, &num, "VHOST_SET_VRING_NUM");
	vhost_ioctl(VHOST_SET_VRING_BASE, &base, "VHOST_SET_VRING_BASE");
	vhost_ioctl(VHOST_SET_VRING_ADDR, &addr, "VHOST_SET_VRING_ADDR");
	file.fd = kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vhost_ioctl(VHOST_SET_VRING_KICK, &file, "VHOST_SET_VRING_KICK");
	file.fd = call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vhost_ioctl(VHOST_SET_VRING_CALL, &file, "VHOST_SET_VRING_CALL");
	file.fd = tap;
	vhost_ioctl(VHOST_NET_SET_BACKEND, &file, "VHOST_NET_SET_BACKEND");
}

static void open_vhost(void)
{
	uint64_t features = 1ull << VIRTIO_F_VERSION_1;
	struct {
		struct vhost_memory head;
		struct vhost_memory_region region;
	} table = { { .nregions = 1 },
		    { .guest_phys_addr = MEMORY_GPA,
		      .memory_size = MEMORY_BYTES } };

	memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		die("memory");
	table.region.userspace_addr = (uintptr_t)memory;
	vhost = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (vhost < 0)
		die("/dev/vhost-net");
	vhost_ioctl(VHOST_SET_OWNER, NULL, "VHOST_SET_OWNER");
	vhost_ioctl(VHOST_SET_FEATURES, &features, "VHOST_SET_FEATURES");
	vhost_ioctl(VHOST_SET_MEM_TABLE, &table, "VHOST_SET_MEM_TABLE");
	open_ring(0);
	open_ring(TX);
}

static int eventfd_id(int fd)
{
	char path[64], line[128];
	int id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "eventfd-id: %d", &id) == 1)
			break;
	if (f)
		fclose(f);
	return id;
}

static void write_rings(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die(path);
	fprintf(f, "{\"schema\":1,\"kind\":\"rings\",\"pid\":%d,"
		"\"device_pid\":null,\"completion\":\"interrupt\","
		"\"queues\":[{\"queue\":%d,\"tid\":%d,\"kick_fd\":%d,"
		"\"kick_id\":%d,\"call_fd\":%d,\"call_id\":%d}]}\n",
		getpid(), TX, getpid(), kick[TX], eventfd_id(kick[TX]),
		call[TX], eventfd_id(call[TX]));
	fclose(f);
}

/* A broadcast of an experimental type, behind an empty header. */
static void fill_frame(void)
{
	uint8_t *frame = memory + 2 * 65536 + HEADER_BYTES;

	memset(frame, 0xff, 6);
	frame[6] = 2;
	frame[12] = 0x88;
	frame[13] = 0xb5;
	ring[TX].desc[0] = (struct vring_desc){
		.addr = MEMORY_GPA + 2 * 65536,
		.len = HEADER_BYTES + FRAME_BYTES,
	};
}

static uint64_t seen_by_tap(void)
{
	uint64_t packets = 0;
	char line[512], *at;
	FILE *f = fopen("/proc/net/dev", "re");

	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, "tap0:");
		if (at && sscanf(at + 5, "%*u %" SCNu64, &packets) == 1)
			break;
	}
	if (f)
		fclose(f);
	return packets;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Send one frame; true: a call came for it. */
static void send_one(uint64_t *kicks, uint64_t *calls)
{
	struct vring *r = &ring[TX];
	uint16_t idx = r->avail->idx;
	struct pollfd p = { .fd = call[TX], .events = POLLIN };
	uint64_t n = 1;

	r->avail->ring[idx % RING_SIZE] = 0;
	__atomic_store_n(&r->avail->idx, (uint16_t)(idx + 1),
			 __ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&r->used->flags, __ATOMIC_SEQ_CST) &
	      VRING_USED_F_NO_NOTIFY)) {
		if (write(kick[TX], &n, sizeof(n)) != sizeof(n))
			die("kick");
		++*kicks;
	}
	while (__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) != r->avail->idx) {
		if (poll(&p, 1, 2000) <= 0 && errno != EINTR) {
			errno = ETIMEDOUT;
			die("no call");
		}
		if (read(call[TX], &n, sizeof(n)) == sizeof(n))
			*calls += n;
	}
}

static void on_interrupt(int sig)
{
	(void)sig;
	stopped = 1;
}

int main(int argc, char **argv)
{
	uint64_t sent = 0, kicks = 0, calls = 0, seen;
	double end;

	if (argc != 3) {
		fprintf(stderr, "usage: vhost_net_tx SECONDS RINGS-FILE\n");
		return 2;
	}
	signal(SIGINT, on_interrupt);
	open_tap();
	open_vhost();
	fill_frame();
	write_rings(argv[2]);
	end = now() + atof(argv[1]);
	do {
		send_one(&kicks, &calls);
		sent++;
		usleep(PAUSE_US);
	} while (!stopped && now() < end);
	seen = seen_by_tap();
	printf("{\"pid\":%d,\"sent\":%" PRIu64 ",\"kicks\":%" PRIu64
	       ",\"calls\":%" PRIu64 ",\"seen\":%" PRIu64 "}\n",
	       getpid(), sent, kicks, calls, seen);
	return seen != sent;
}
