#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A hostile vhost-user front end: usage: hostile_front.py SOCKET PID

Each case does something that a front end must not do, or may do at a bad
moment. After each, the device's process must live, burn no CPU, and serve an
honest connection, whose data is checked.
"""
import ctypes
import mmap
import os
import random
import select
import socket
import struct
import sys
import time

PATH, PID = sys.argv[1], int(sys.argv[2])
GPA, UVA, SIZE = 0x40000000, 0x7f0000000000, 1 << 20
DESC, AVAIL, USED, TABLE, DATA = 0, 0x4000, 0x8000, 0xc000, 0x20000
NUM = 64
NEXT, WRITE, INDIRECT = 1, 2, 4
(GET_FEATURES, SET_FEATURES, SET_OWNER, RESET_OWNER, SET_MEM_TABLE) = range(1, 6)
(SET_NUM, SET_ADDR, SET_BASE, GET_BASE, SET_KICK, SET_CALL, SET_ERR,
 GET_PROTO, SET_PROTO, GET_QNUM, SET_ENABLE) = range(8, 19)
GET_CONFIG, SET_CONFIG, GET_SLOTS, ADD_REG, REM_REG = 24, 25, 36, 37, 38
REPLY_ACK, NEED_REPLY = 1 << 3, 1 << 3


class Front:
	def __init__(self, setup=True):
		self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
		self.s.settimeout(5)
		self.s.connect(PATH)
		self.fd = os.memfd_create("front")
		os.ftruncate(self.fd, SIZE)
		self.m = mmap.mmap(self.fd, SIZE)
		self.kick, self.call = os.eventfd(0), os.eventfd(0, os.EFD_NONBLOCK)
		self.err = os.eventfd(0, os.EFD_NONBLOCK)
		self.avail = self.used = 0
		self.next = 0
		if setup:
			self.setup()

	def close(self):
		self.s.close()
		self.m.close()
		for fd in (self.fd, self.kick, self.call, self.err):
			os.close(fd)

	def send(self, req, payload=b"", fds=(), flags=1, size=None):
		head = struct.pack("<III", req, flags,
				   len(payload) if size is None else size)
		socket.send_fds(self.s, [head + payload], list(fds))

	def recv(self):
		head = self.s.recv(12, socket.MSG_WAITALL)
		if len(head) < 12:
			raise EOFError
		size = struct.unpack("<III", head)[2]
		return self.s.recv(size, socket.MSG_WAITALL) if size else b""

	def get(self, req, payload=b""):
		self.send(req, payload)
		return self.recv()

	def acked(self, req, payload=b"", fds=()):
		"""True if the device says that it worked."""
		self.send(req, payload, fds, 1 | NEED_REPLY)
		return struct.unpack("<Q", self.recv())[0] == 0

	def features(self):
		offered = struct.unpack("<Q", self.get(GET_FEATURES))[0]
		self.send(SET_OWNER)
		proto = struct.unpack("<Q", self.get(GET_PROTO))[0]
		self.send(SET_PROTO, struct.pack("<Q", proto))
		self.send(SET_FEATURES, struct.pack("<Q", offered))

	def table(self, *regions):
		return struct.pack("<II", len(regions), 0) + b"".join(
			struct.pack("<QQQQ", *r) for r in regions)

	def memory(self):
		return self.acked(SET_MEM_TABLE, self.table((GPA, SIZE, UVA, 0)),
				  [self.fd])

	def ring(self, q=0):
		state = lambda v: struct.pack("<II", q, v)
		self.send(SET_NUM, state(NUM))
		self.send(SET_BASE, state(self.used & 0xffff))
		self.send(SET_ADDR, struct.pack("<IIQQQQ", q, 0, UVA + DESC,
						UVA + USED, UVA + AVAIL, 0))
		self.send(SET_ERR, struct.pack("<Q", q), [self.err])
		self.send(SET_CALL, struct.pack("<Q", q), [self.call])
		self.send(SET_KICK, struct.pack("<Q", q), [self.kick])
		return self.acked(SET_ENABLE, state(1))

	def setup(self):
		self.features()
		assert self.memory() and self.ring()

	def desc(self, i, addr, length, flags, nxt, base=DESC):
		struct.pack_into("<QIHH", self.m, base + 16 * i,
				 addr & (1 << 64) - 1, length, flags, nxt)

	def offer(self, head=0, count=1, kick=True):
		for _ in range(count):
			struct.pack_into("<H", self.m, AVAIL + 4 +
					 2 * (self.avail % NUM), head)
			self.avail += 1
		struct.pack_into("<H", self.m, AVAIL + 2, self.avail & 0xffff)
		if kick:
			os.eventfd_write(self.kick, 1)

	def wait(self, seconds=3):
		"""Length of the next used element; None: nothing comes."""
		end = time.time() + seconds
		while time.time() < end:
			idx = struct.unpack_from("<H", self.m, USED + 2)[0]
			if idx != self.used & 0xffff:
				e = struct.unpack_from("<II", self.m, USED + 4 +
						       8 * (self.used % NUM))
				self.used += 1
				return e[1]
			time.sleep(0.001)
		return None

	def request(self, kind, sector, data=b"", room=0, pieces=None):
		"""One honest request: (status, what was read, used length)."""
		h = struct.pack("<IIQ", kind, 0, sector)
		self.m[DATA:DATA + 16] = h
		self.m[DATA + 64:DATA + 64 + len(data)] = data
		status = DATA + 0x10000
		self.m[status] = 0xee
		segs = [(DATA, 16, 0)]
		if data:
			segs.append((DATA + 64, len(data), 0))
		if room:
			segs.append((DATA + 64, room, WRITE))
		segs.append((status, 1, WRITE))
		if pieces:
			segs = pieces(segs)
		for i, (at, n, f) in enumerate(segs):
			last = i + 1 == len(segs)
			self.desc(i, GPA + at, n, f | (0 if last else NEXT), i + 1)
		self.offer()
		used = self.wait()
		assert used is not None, "no answer"
		return self.m[status], bytes(self.m[DATA + 64:DATA + 64 + room]), used

	def broken(self):
		"""Did the device say that it gave up the queue?"""
		return bool(select.select([self.err], [], [], 3)[0])


def cpu():
	with open(f"/proc/{PID}/stat") as f:
		v = f.read().rsplit(")", 1)[1].split()
	return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


def honest(tag):
	f = Front()
	data = random.randbytes(1024)
	status, _, used = f.request(1, 8, data)
	assert (status, used) == (0, 1), (tag, status, used)
	status, got, used = f.request(0, 8, room=1024)
	assert (status, used, got) == (0, 1025, data), (tag, status, used)
	f.close()


# ---- protocol ----

def protocol_cases():
	u64 = lambda v: struct.pack("<Q", v)
	state = lambda a, b: struct.pack("<II", a, b)
	addr = lambda d, u, a, q=0: struct.pack("<IIQQQQ", q, 0, d, u, a, 0)
	big = 1 << 63

	def hangs_up(name, *send, **kw):
		def run():
			f = Front(setup=False)
			f.features()
			f.send(*send, **kw)
			try:
				f.recv()
				answered = True
			except (EOFError, ConnectionError):
				answered = False
			f.close()
			assert not answered, "answered instead of hanging up"
		return name, run

	def refused(name, req, payload, fds=lambda f: []):
		def run():
			f = Front(setup=False)
			f.features()
			assert f.memory()
			assert not f.acked(req, payload, fds(f)), "accepted"
			f.close()
		return name, run

	yield hangs_up("length beyond the structure", SET_NUM, b"x" * 8, size=1 << 30)
	yield hangs_up("payload too short", SET_NUM, b"xxxx")
	yield hangs_up("wrong version", GET_FEATURES, flags=2)
	yield hangs_up("unknown request", 77)
	yield hangs_up("request 0", 0)
	yield hangs_up("cut off", SET_ADDR, b"xx", size=40)
	yield hangs_up("features never offered", SET_FEATURES, u64(1 << 34))
	yield hangs_up("protocol features never offered", SET_PROTO, u64(1 << 20))

	def many_fds():
		f = Front(setup=False)
		f.features()
		f.send(SET_KICK, u64(0), [f.kick] * 60)
		try:
			f.recv()
		except (EOFError, ConnectionError):
			pass
		f.close()
	yield "60 fds", many_fds
	fd1 = lambda f: [f.fd]
	t = Front.table
	yield refused("kick without its fd", SET_KICK, u64(0))
	yield refused("kick with two fds", SET_KICK, u64(0), lambda f: [f.kick, f.call])
	yield refused("fds where none belong", SET_NUM, state(0, 8), fd1)
	yield refused("queue 200", SET_NUM, state(200, 8))
	yield refused("kick of queue 255", SET_KICK, u64(255), fd1)
	yield refused("ring size 0", SET_NUM, state(0, 0))
	yield refused("ring size 100", SET_NUM, state(0, 100))
	yield refused("ring size 65536", SET_NUM, state(0, 65536))
	yield refused("base 70000", SET_BASE, state(0, 70000))
	yield refused("enable 7", SET_ENABLE, state(0, 7))
	yield refused("9 regions", SET_MEM_TABLE, struct.pack("<II", 9, 0) + b"x" * 256, fd1)
	yield refused("region without fd", SET_MEM_TABLE, t(None, (GPA, SIZE, UVA, 0)))
	yield refused("region beyond its file", SET_MEM_TABLE,
		      t(None, (GPA, SIZE * 2, UVA, 0)), fd1)
	yield refused("region offset wraps", SET_MEM_TABLE,
		      t(None, (GPA, SIZE, UVA, (1 << 64) - 4096)), fd1)
	yield refused("region wraps", SET_MEM_TABLE,
		      t(None, ((1 << 64) - 4096, SIZE, UVA, 0)), fd1)
	yield refused("empty region", SET_MEM_TABLE, t(None, (GPA, 0, UVA, 0)), fd1)
	yield refused("regions overlap", SET_MEM_TABLE,
		      t(None, (GPA, SIZE, UVA, 0), (GPA + 4096, 4096, 0, 0)),
		      lambda f: [f.fd, f.fd])
	yield refused("remove a region that is not there", REM_REG,
		      struct.pack("<QQQQQ", 0, GPA, 4096, UVA, 0))
	yield refused("add without fd", ADD_REG,
		      struct.pack("<QQQQQ", 0, big, 4096, UVA, 0))
	yield refused("configuration is not writable", SET_CONFIG,
		      struct.pack("<III", 0, 8, 0) + b"x" * 8)
	yield refused("configuration range", SET_CONFIG,
		      struct.pack("<III", 250, 64, 0) + b"x" * 64)

	def ring_at(d, u, a):
		def run():
			f = Front(setup=False)
			f.features()
			f.memory()
			f.send(SET_NUM, state(0, NUM))
			f.send(SET_KICK, u64(0), [f.kick])
			f.acked(SET_ADDR, addr(d, u, a))
			assert not f.acked(SET_ENABLE, state(0, 1)), "started"
			f.close()
		return run
	yield "ring outside memory", ring_at(UVA, UVA + USED, UVA + SIZE)
	yield "ring across the end", ring_at(UVA + SIZE - 16, UVA + USED, UVA + AVAIL)
	yield "ring address wraps", ring_at((1 << 64) - 16, UVA + USED, UVA + AVAIL)
	yield "ring not aligned", ring_at(UVA + 1, UVA + USED, UVA + AVAIL)

	def leaves(step):
		def run():
			f = Front(setup=False)
			for i, do in enumerate((f.features, f.memory, f.ring)):
				if i < step:
					do()
			if step == 4:
				f.request(0, 0, room=512)
				f.offer(0, 3)
			f.close()
		return run
	for step in range(5):
		yield f"leaves after step {step}", leaves(step)


# ---- at a bad moment ----

def moment_cases():
	state = lambda a, b: struct.pack("<II", a, b)
	u64 = lambda v: struct.pack("<Q", v)

	def early_kick():
		f = Front(setup=False)
		os.eventfd_write(f.kick, 1)
		f.m[DATA:DATA + 16] = struct.pack("<IIQ", 0, 0, 0)
		f.desc(0, GPA + DATA, 16, NEXT, 1)
		f.desc(1, GPA + DATA + 64, 513, WRITE, 0)
		f.offer(0)
		f.setup()
		assert f.wait() == 513
		f.close()
	yield "kick before the ring is enabled", early_kick

	def table_while_running():
		f = Front()
		for _ in range(20):
			f.request(0, 0, room=4096)
			f.offer(0, 4)
			assert f.memory()
			got = [f.wait() for _ in range(4)]
			assert got == [4097] * 4, got
		f.close()
	yield "new memory table while requests are in flight", table_while_running

	def region_comes_and_goes():
		f = Front()
		more = os.memfd_create("more")
		os.ftruncate(more, 8192)
		reg = struct.pack("<QQQQQ", 0, GPA + (1 << 30), 8192, UVA + (1 << 30), 0)
		for _ in range(5):
			assert f.acked(ADD_REG, reg, [more])
			assert not f.acked(ADD_REG, reg, [more]), "twice"
			f.request(0, 0, room=512)
			assert f.acked(REM_REG, reg)
			f.request(0, 0, room=512)
		os.close(more)
		f.close()
	yield "a region comes and goes", region_comes_and_goes

	def ring_loses_its_memory():
		f = Front()
		f.request(0, 0, room=512)
		reg = struct.pack("<QQQQQ", 0, GPA, SIZE, UVA, 0)
		assert not f.acked(REM_REG, reg), "the ring has nowhere to run"
		assert f.memory()
		f.request(0, 0, room=512)
		other = f.table((GPA, SIZE, UVA + (1 << 30), 0))
		assert not f.acked(SET_MEM_TABLE, other, [f.fd])
		assert f.memory()
		f.request(0, 0, room=512)
		f.close()
	yield "the running ring's memory goes away", ring_loses_its_memory

	def base_drains():
		f = Front()
		f.request(0, 0, room=4096)
		f.offer(0, 16)
		base = struct.unpack("<II", f.get(GET_BASE, state(0, 0)))[1]
		used = struct.unpack_from("<H", f.m, USED + 2)[0]
		assert base == used, (base, used)
		f.used = used
		assert f.ring()
		while f.used < f.avail:
			assert f.wait() is not None
		f.request(0, 0, room=512)
		f.close()
	yield "GET_VRING_BASE with requests in flight", base_drains

	def odd_fds():
		r, w = os.pipe()
		os.set_blocking(w, False)
		try:
			while True:
				os.write(w, b"x" * 4096)
		except BlockingIOError:
			pass
		os.set_blocking(w, True)
		f = Front()
		f.send(SET_CALL, u64(0), [w])
		for _ in range(10):
			f.request(0, 0, room=512)
		assert f.get(GET_FEATURES)
		f.close()
		os.close(r)
		os.close(w)
		f = Front(setup=False)
		f.features()
		f.memory()
		os.close(f.kick)
		f.kick = os.open("/etc/passwd", os.O_RDONLY)
		f.ring()
		assert f.get(GET_FEATURES)
		f.close()
	yield "a full pipe to call, a file to kick", odd_fds

	def truncates():
		f = Front()
		f.request(0, 0, room=512)
		os.ftruncate(f.fd, 4096)
		os.eventfd_write(f.kick, 1)
		try:
			gone = f.s.recv(64) == b""
		except ConnectionError:
			gone = True
		f.s.close()
		assert gone, "the connection goes on"
	yield "memory truncated under use", truncates


# ---- rings ----

def ring_cases():
	D = GPA + DATA

	def breaks(name, *descs, head=0, count=1, table=()):
		def run():
			f = Front()
			for i, d in enumerate(descs):
				f.desc(i, *d)
			for i, d in enumerate(table):
				f.desc(i, *d, base=TABLE)
			f.offer(head, count)
			assert f.broken(), "the queue was not given up"
			before = cpu()
			time.sleep(0.2)
			assert cpu() - before < 0.12, "it burns CPU"
			assert f.get(GET_FEATURES), "the connection is stuck"
			f.close()
		return name, run

	T = GPA + TABLE
	yield breaks("circular chain", (D, 16, NEXT, 1), (D, 16, NEXT, 0))
	yield breaks("head beyond the ring", head=NUM)
	yield breaks("avail jumps", (D, 16, 0, 0), count=NUM + 1)
	yield breaks("next beyond the ring", (D, 16, NEXT, 999))
	yield breaks("zero length", (D, 0, 0, 0))
	yield breaks("address wraps", ((1 << 64) - 8, 16, 0, 0))
	yield breaks("in a hole", (0x1000, 16, 0, 0))
	yield breaks("writable first", (D, 16, WRITE | NEXT, 1), (D, 16, 0, 0))
	yield breaks("no status byte", (D, 16, NEXT, 1), (D + 64, 512, 0, 0))
	yield breaks("indirect in indirect", (T, 32, INDIRECT, 0),
		     table=((D, 16, NEXT, 1), (T, 32, INDIRECT, 0)))
	yield breaks("indirect length", (T, 17, INDIRECT, 0))
	yield breaks("indirect loop", (T, 32, INDIRECT, 0),
		     table=((D, 16, NEXT, 1), (D, 16, NEXT, 0)))


# ---- block requests ----

OK, IOERR, UNSUPP = 0, 1, 2


def block_cases():
	capacity = 16 << 20 >> 9
	rng = lambda s, n, fl=0: struct.pack("<QII", s & (1 << 64) - 1, n, fl)

	def status(name, want, *args, **kw):
		def run():
			f = Front()
			got = f.request(*args, **kw)[0]
			assert got == want, f"status {got}, not {want}"
			f.close()
		return name, run

	yield status("last sector", OK, 0, capacity - 1, room=512)
	yield status("beyond the end", IOERR, 0, capacity, room=512)
	yield status("across the end", IOERR, 0, capacity - 1, room=1024)
	yield status("sector overflows", IOERR, 0, (1 << 64) - 1, room=1024)
	yield status("write beyond the end", IOERR, 1, capacity, b"x" * 512)
	yield status("length is no multiple of 512", IOERR, 0, 0, room=513)
	yield status("unknown type", UNSUPP, 99, 0, room=512)
	yield status("SCSI command", UNSUPP, 2, 0, room=512)
	yield status("flush", OK, 4, 0)
	yield status("discard", OK, 11, 0, rng(0, 8))
	yield status("discard overflows", IOERR, 11, 0, rng((1 << 64) - 1, 8))
	yield status("discard beyond the end", IOERR, 11, 0, rng(capacity, 1))
	yield status("discard too long", IOERR, 11, 0, rng(0, 0xffffffff))
	yield status("discard with flags", UNSUPP, 11, 0, rng(0, 8, 1))
	yield status("discard, half a range", IOERR, 11, 0, rng(0, 8)[:9])
	yield status("discard, 17 ranges", IOERR, 11, 0, rng(0, 8) * 17)
	yield status("write zeroes", OK, 13, 0, rng(0, 8, 1))
	yield status("write zeroes, unknown flag", UNSUPP, 13, 0, rng(0, 8, 2))
	yield status("write zeroes overflows", IOERR, 13, 0, rng(capacity - 1, 2))

	def zeroes():
		f = Front()
		assert f.request(1, 32, b"y" * 4096)[0] == OK
		assert f.request(13, 0, rng(33, 2))[0] == OK
		_, got, _ = f.request(0, 32, room=4096)
		assert got == b"y" * 512 + bytes(1024) + b"y" * 2560
		f.close()
	yield "write zeroes writes zeroes, and no more", zeroes

	def get_id():
		f = Front()
		st, got, used = f.request(8, 0, room=20)
		assert (st, used) == (OK, 21) and got.startswith(b"vioperf"), got
		st, got, used = f.request(8, 0, room=4)
		assert (st, used, got) == (OK, 5, b"viop")
		f.close()
	yield "get-id, long and short", get_id

	def indirect():
		f = Front()
		data = random.randbytes(512)
		f.m[DATA:DATA + 16] = struct.pack("<IIQ", 1, 0, 200)
		f.m[DATA + 64:DATA + 576] = data
		f.desc(0, GPA + DATA, 16, NEXT, 1, base=TABLE)
		f.desc(1, GPA + DATA + 64, 512, NEXT, 2, base=TABLE)
		f.desc(2, GPA + DATA + 1024, 1, WRITE, 0, base=TABLE)
		f.desc(0, GPA + TABLE, 48, INDIRECT, 0)
		f.offer()
		assert f.wait() == 1 and f.m[DATA + 1024] == OK
		assert f.request(0, 200, room=512)[1] == data
		f.close()
	yield "a request through an indirect table", indirect

	def several_ranges():
		f = Front()
		assert f.request(1, 300, b"z" * 4096)[0] == OK
		assert f.request(13, 0, rng(300, 1) + rng(302, 0) + rng(303, 2))[0] == OK
		got = f.request(0, 300, room=4096)[1]
		assert got == bytes(512) + b"z" * 1024 + bytes(1024) + b"z" * 1536
		f.close()
	yield "several ranges in one request", several_ranges

	def used_of_errors():
		f = Front()
		assert f.request(0, capacity, room=512)[2] == 1
		assert f.request(99, 0, room=512)[2] == 1
		f.close()
	yield "an error writes the status and no more", used_of_errors

	def cache_switch():
		f = Front()
		for mode in (0, 1):
			assert f.acked(SET_CONFIG, struct.pack("<III", 32, 1, 0) +
				       bytes([mode]))
			got = f.get(GET_CONFIG, struct.pack("<III", 32, 1, 0) + b"x")
			assert got[12] == mode, got
			assert f.request(1, 8, b"w" * 512)[0] == OK
		assert not f.acked(SET_CONFIG, struct.pack("<III", 32, 1, 0) + b"\2")
		f.close()
	yield "the write cache is switched off and on", cache_switch

	def tiny_pieces(segs):
		out = []
		for at, n, fl in segs:
			if n > 32:
				out += [(at, n - 3, fl), (at + n - 3, 3, fl)]
			else:
				out += [(at + i, 1, fl) for i in range(n)]
		return out

	def layouts():
		f = Front()
		data = random.randbytes(4096)
		assert f.request(1, 64, data, pieces=tiny_pieces)[0] == OK
		st, got, used = f.request(0, 64, room=4096, pieces=tiny_pieces)
		assert (st, got, used) == (OK, data, 4097)
		# header and data in one descriptor, data and status in one
		one = bytearray(struct.pack("<IIQ", 1, 0, 72)) + data[:512]
		f.m[DATA:DATA + len(one)] = bytes(one)
		f.desc(0, GPA + DATA, len(one), NEXT, 1)
		f.desc(1, GPA + DATA + 0x8000, 1, WRITE, 0)
		f.offer()
		assert f.wait() == 1 and f.m[DATA + 0x8000] == OK
		f.m[DATA:DATA + 16] = struct.pack("<IIQ", 0, 0, 72)
		f.desc(0, GPA + DATA, 16, NEXT, 1)
		f.desc(1, GPA + DATA + 0x8000, 513, WRITE, 0)
		f.offer()
		assert f.wait() == 513
		assert bytes(f.m[DATA + 0x8000:DATA + 0x8200]) == data[:512]
		assert f.m[DATA + 0x8200] == OK
		f.close()
	yield "any layout of descriptors", layouts


def fuzz():
	"""Random bytes into ring memory and messages; what counts is that the
	device survives."""
	rnd = random.Random(int(os.environ.get("VIOPERF_SEED", "1")))
	end = time.time() + 3
	while time.time() < end:
		f = Front(setup=False)
		try:
			f.setup()
			for _ in range(20):
				base = rnd.choice((DESC, AVAIL, USED, TABLE, DATA))
				for _ in range(rnd.randrange(8)):
					f.m[base + rnd.randrange(64)] = rnd.randrange(256)
				os.eventfd_write(f.kick, 1)
				if rnd.random() < 0.2:
					f.send(rnd.randrange(1, 40),
					       rnd.randbytes(rnd.choice((0, 8, 40))),
					       [f.fd] * rnd.randrange(3))
		except (EOFError, OSError, AssertionError):
			pass
		finally:
			f.close()


def read_only_cases():
	"""The disk may not change, and reads go on."""
	def run():
		f = Front()
		assert struct.unpack("<Q", f.get(GET_FEATURES))[0] >> 5 & 1, "no RO"
		before = f.request(0, 8, room=512)[1]
		for kind, data in ((1, b"x" * 512), (11, struct.pack("<QII", 8, 1, 0)),
				   (13, struct.pack("<QII", 8, 1, 0))):
			assert f.request(kind, 8, data)[0] == IOERR, kind
		assert f.request(0, 8, room=512)[1] == before
		f.close()
	yield "writes to a read-only disk", run


# ---- entropy: the device runs with --rate 10k, so 1000 bytes in 100 ms ----

def rng_honest(tag):
	f = Front()
	f.m[DATA:DATA + 2048] = b"\xee" * 2048
	f.desc(0, GPA + DATA, 1024, WRITE, 0)
	f.offer()
	used = f.wait()
	assert used and used <= 1024, (tag, used)
	assert f.m[DATA:DATA + used] != b"\xee" * used, tag
	assert f.m[DATA + used:DATA + 2048] == b"\xee" * (2048 - used), tag
	f.close()


def rng_cases():
	def ask(f, n=8):
		for i in range(n):
			f.desc(i, GPA + DATA + 1024 * i, 1024, WRITE, 0)
			f.offer(i, kick=i + 1 == n)
		assert f.wait(), "not even the first comes"

	def rest(f, n):
		for i in range(n):
			assert f.wait(), f"{i} of {n} came, and no more"

	def given_back():
		f = Front()
		ask(f)
		begin = time.time()
		base = struct.unpack("<II", f.get(GET_BASE,
						  struct.pack("<II", 0, 0)))[1]
		assert time.time() - begin < 0.3, "it waits for their time"
		done = struct.unpack_from("<H", f.m, USED + 2)[0]
		assert base == done < 8, (base, done)
		f.used = done
		assert f.ring()
		rest(f, 8 - done)
		f.close()

	def table():
		f = Front()
		ask(f)
		assert f.memory()
		os.eventfd_write(f.kick, 1)
		rest(f, 7)
		f.close()

	def gone():
		f = Front()
		ask(f, NUM)
		f.close()

	yield "the queue ends while answers wait", given_back
	yield "a new table while answers wait", table
	yield "gone while answers wait", gone

	def breaks(name, *descs):
		def run():
			f = Front()
			for i, d in enumerate(descs):
				f.desc(i, *d)
			f.offer()
			assert f.broken(), "the queue was not given up"
			f.close()
		return name, run

	D = GPA + DATA
	yield breaks("readable alone", (D, 16, 0, 0))
	yield breaks("readable before", (D, 16, NEXT, 1), (D + 64, 64, WRITE, 0))
	yield breaks("longer than memory", (D, SIZE, WRITE, 0))


def main():
	groups = (protocol_cases, moment_cases, ring_cases, block_cases)
	check = honest
	if sys.argv[3:] == ["rng"]:
		groups, check = (ring_cases, rng_cases), rng_honest
	if sys.argv[3:] == ["readonly"]:
		for name, run in read_only_cases():
			run()
		print("a read-only disk stays as it is")
		return
	n = 0
	for group in groups:
		for name, run in group():
			try:
				run()
				check(name)
			except Exception as e:
				print(f"FAILED: {group.__name__}: {name}: {type(e).__name__} {e}")
				raise
			n += 1
	fuzz()
	check("fuzz")
	before = cpu()
	time.sleep(0.3)
	assert cpu() - before < 0.1, "an idle device burns CPU"
	print(f"{n} hostile cases survived")


main()
