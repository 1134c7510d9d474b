#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf report and compare: Linux guests, network, rng and balloon cells.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
export PYTHONDONTWRITEBYTECODE=1

fail()
{
	echo "failed: $*"
	exit 1
}

report()
{
	"$VIOPERF" report "$@"
}

# has FILE WORDS: FILE has a line with these words, spaces apart as they are.
has()
{
	tr -s ' ' <"$1" | grep -qF -- "$2" || fail "no '$2' in ${1##*/}"
}

has_not()
{
	! tr -s ' ' <"$1" | grep -qF -- "$2" || fail "'$2' in ${1##*/}"
}

# Of what stands above the figures.
width()
{
	LC_ALL=C.UTF-8 wc -L <"$1"
}

"$here/make_guest_run.py" "$dir/a" busy=3
for f in text markdown csv json html; do
	report "$dir/a" --format $f -o "$dir/a.$f" || fail "format $f"
done

# Figures as people write them, and only the columns that a load has.
has "$dir/a.text" 'Gbit/s'
has "$dir/a.text" ' target throughput CPUs busy blocks'
has "$dir/a.text" ' target throughput loss jitter CPUs busy blocks'
has "$dir/a.text" ' target trips/s p50 p99 p99.9 blocks'
has "$dir/a.text" ' target inflate deflate blocks'
has "$dir/a.text" ' target bytes/s blocks'
for label in 'tcp guest → host' 'tcp host → guest' 'tcp guest → guest' \
	'udp guest → host' bounceback ping 'random bytes · packed' \
	'balloon · 2 vCPUs' 'depth 32 · interrupt · io_uring'; do
	has "$dir/a.text" "$label · TCG (emulated CPU)"
	has "$dir/a.html" "$label"
done
has_not "$dir/a.text" 'libaio'

# What the guests ran on is said at once, in every format.
grep -qm1 '^TCG: ' <(head -n 4 "$dir/a.text") || fail "head of text"
[ "$(grep -c 'emulated; for correctness' "$dir/a.html")" -eq 1 ] ||
	fail "head of HTML"
grep -q '^\*\*TCG: ' "$dir/a.markdown" || fail "head of markdown"
has "$dir/a.text" ' overcommit in 4 of 6: up to 3 busy threads on 2 CPUs'
has "$dir/a.markdown" '*overcommit in 3 of 3: up to 3 busy threads'
has "$dir/a.html" 'overcommit in 4 of 6'
has "$dir/a.html" '<td>guest boot switches</td>'
has "$dir/a.html" 'Linux 6.1.0-9'

# First of all the factors, and the word says which way.
glance=$(sed -n '/^At a glance/,/^Figures/p' "$dir/a.text")
[ "${glance%%$'\n'*}" = "At a glance: networks" ] || fail "not first: $glance"
[ "$(sed -n '/^At a/=' "$dir/a.text" | head -n 1)" -le 7 ] || fail "not first"
printf '%s\n' "$glance" | tr -s ' ' >"$dir/glance"
grep -qE '^ qemu-e1000 · TCG 2\.[34][0-9]× slower \(' "$dir/glance" ||
	fail "e1000 is not slower: $glance"
grep -qE '^ qemu-ide · TCG [34]\.[0-9]+× slower \(.* [34]\.[0-9]+× slower' \
	"$dir/glance" || fail "ide is not slower: $glance"
grep -qE '^ blk · no VM 1\.[0-9]+× faster' "$dir/glance" ||
	fail "a lower latency is not faster: $glance"
grep -qE '^ qemu-panics · TCG failed failed' "$dir/glance" ||
	fail "a failed target is not there: $glance"
[ "$(width "$dir/a.text")" -le 100 ] || fail "more than 100 columns"
has "$dir/a.html" '× slower<small>('
if command -v gnuplot >/dev/null; then
	grep -q 'factor against the reference' "$dir/a.html" || fail "no plot of factors"
else
	echo "skipped part: gnuplot is not installed: no plot was drawn"
fi
grep -q '× slower' "$dir/a.markdown" || fail "no glance in markdown"

# Ratios within one driver only; its reference is the first measured.
python3 - "$dir" <<'EOF' || fail "JSON"
import csv, json, math, sys
d = sys.argv[1]
r = json.load(open(f"{d}/a.json"))
cells = {c["id"]: c for c in r["cells"]}
judged = {"tcp": "throughput", "udp": "throughput", "bou": "round_trips",
          "pin": "latency_p50_ns", "ran": "bandwidth", "bal": "inflate_rate"}
seen = 0
for k in r["comparisons"]:
    assert k["judged_by"] == judged.get(k["label"][:3], k["judged_by"]), k
    assert k["targets"][0]["reference"], k
    for t in k["targets"]:
        c = cells[t["cell"]]
        ref = [x for x in k["targets"] if x["reference"] and
               cells[x["cell"]]["driver"] == c["driver"]]
        if c["target"] == "qsd-blk":  # a list of references: the first counts
            assert t["reference"] == (c["driver"] == "user"), t
        if not t["ratios"] or t["ratios"][k["judged_by"]]["value"] is None:
            continue
        a, b = (cells[x["cell"]]["metrics"][k["judged_by"]]["value"]
                for x in (ref[0], t))
        q = t["ratios"][k["judged_by"]]
        assert abs(math.log(q["value"] / (b / a))) < .1, (q, a, b)
        seen += 1
assert seen == 2 * 6 + 2 * 4 + 1, seen
bad = [c for c in r["cells"] if c["target"] == "qemu-panics" and
       c["driver"] == "qemu"]
assert all(c["reason"].count("\n") == 3 for c in bad), bad
rows = list(csv.DictReader(open(f"{d}/a.csv", newline="")))
assert {(x["driver"], x["accelerator"]) for x in rows} == {
    ("qemu", "tcg"), ("user", "none")}
EOF

# No reference under a driver: no ratio, and why.
report "$dir/a" -r qemu-virtio-blk --format json | python3 -c '
import json, sys
r = json.load(sys.stdin)
cells = {c["id"]: c for c in r["cells"]}
t = [t for k in r["comparisons"] for t in k["targets"]
     if cells[t["cell"]]["driver"] == "user" and t["target"] == "blk"]
assert len(t) == 2, t
for t in t:
    assert not t["ratios"] and "under this driver" in t["reason"], t
' || fail "a ratio over two drivers"

# A guest's last lines: all of them, and harmless.
for f in text markdown html; do
	has "$dir/a.$f" 'Kernel panic - not syncing'
	if LC_ALL=C grep -qP '\x1b|\xc2[\x80-\x9f]' "$dir/a.$f"; then
		fail "control characters in $f"
	fi
done
grep -q '^    .*RIP: 0010:nvme_probe' "$dir/a.text" || fail "text: lines"
grep -q '<script' "$dir/a.html" && fail "a console line became markup"
grep -q '<pre>.*BUG: &lt;script&gt;' "$dir/a.html" || fail "no <pre>"
grep -q '^    .*RIP: 0010:nvme_probe' "$dir/a.markdown" || fail "md: lines"

# What is missing for one reason is one line.
has "$dir/a.text" 'tcp guest → host · TCG (emulated CPU), and 5 more: skipped'
[ "$(grep -c 'no /dev/vhost-net' "$dir/a.html")" -eq 1 ] || fail "HTML: lines"

# Twelve targets and six loads are readable.
"$here/make_guest_run.py" "$dir/many" types=net fill=9 blocks=2
report "$dir/many" -o "$dir/many.text"
[ "$(width "$dir/many.text")" -le 100 ] ||
	fail "twelve targets: more than 100 columns"
[ "$(sed '/^Figures/q' "$dir/many.text" | grep -c filler-08)" -ge 2 ] ||
	fail "twelve targets: not all there"

# One block has no bounds, and a small difference in it no word.
"$here/make_guest_run.py" "$dir/one" types=net blocks=1 noise=0 \
	scale.qemu-e1000=2.4
report "$dir/one" -o "$dir/one.text"
has_not "$dir/one.text" '× ['
has_not "$dir/one.text" 'bit/s ['
has "$dir/one.text" 'fewer than 6 blocks: factors as seen, not verdicts'
has_not "$dir/a.text" 'factors as seen'
has_not "$dir/one.text" overcommit
grep -qE '^ qemu-e1000 1\.01× 1\.01× ' <(tr -s ' ' <"$dir/one.text") ||
	fail "1 % in one block has a word"

# Guests that differ are named, once a table.
"$here/make_guest_run.py" "$dir/mixed" types=net kernel.qemu-e1000=5.10
report "$dir/mixed" --format json | python3 -c '
import json, sys
p = [p for p in json.load(sys.stdin)["problems"] if "5.10" in p]
assert len(p) == 6 and all("kernel" in x for x in p), p
' || fail "two kernels in one table"

# KVM and TCG: in one report, never in one ratio; compare says why it refuses.
"$here/make_guest_run.py" "$dir/kvm" types=net accelerator=kvm
got=0
"$VIOPERF" compare "$dir/a" "$dir/kvm" >"$dir/out" 2>&1 || got=$?
[ $got -eq 3 ] || fail "KVM against TCG: exit $got"
grep -q 'refused.*B has it with KVM, not TCG' "$dir/out" ||
	fail "no reason: $(cat "$dir/out")"
report "$dir/kvm" "$dir/one" -o "$dir/both.text" || fail "both in one report"
has "$dir/both.text" 'KVM and TCG'
has "$dir/both.text" 'qemu-e1000 · KVM'
"$here/make_guest_run.py" "$dir/two" types=net vcpus=2
"$VIOPERF" compare "$dir/one" "$dir/two" >"$dir/out" 2>&1 || true
grep -q 'refused.*B has it with 2 vCPUs' "$dir/out" || fail "1 and 2 vCPUs"
report "$dir/one" "$dir/two" -o "$dir/vcpus.text" || fail "1 and 2 vCPUs"
has "$dir/vcpus.text" 'qemu-e1000 · 2 vCPUs · TCG'
report "$dir/kvm" | head -n 4 | grep -q '^KVM' || fail "KVM goes unsaid"
echo ok
