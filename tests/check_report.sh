#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf report: every format of a synthetic run, broken input, hostile names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }

fail()
{
	echo "failed: $*"
	exit 1
}

report()
{
	"$VIOPERF" report "$@"
}

"$here/make_run.py" "$dir/a"
for f in text markdown csv json html; do
	report "$dir/a" --format $f -o "$dir/a.$f" || fail "format $f"
	[ -s "$dir/a.$f" ] || fail "format $f: empty"
done

# The JSON contract, and its figures against an independent computation.
python3 - "$dir" <<'EOF' || fail "JSON contract"
import csv, glob, itertools, json, math, re, statistics, sys
d = sys.argv[1]
r = json.load(open(f"{d}/a.json"))
run = json.load(open(f"{d}/a/run.json"))
assert r["schema"] == 1 and r["seed"] == 1 and r["host"]["cpus"] == 2
cells = {c["id"]: c for c in r["cells"]}
assert set(cells) == {c["id"] for c in run["cells"]}, "a cell was dropped"
records = [json.load(open(f)) for f in glob.glob(f"{d}/a/records/*.json")]
need = """iops latency_mean_ns latency_p50_ns latency_p99_ns latency_p999_ns
kicks_per_request calls_per_request spurious_wakeups_per_request
driver_cpu_ns_per_request device_cpu_ns_per_request""".split()
for c in r["cells"]:
    for k in ("id target driver accelerator load blocks_ok blocks_failed "
              "status reason metrics stages").split():
        assert k in c, k
    assert c["status"] in ("ok", "skipped", "excluded", "failed")
    own = sorted((x for x in records if x["cell"] == c["id"] and
                  x["status"] == "ok"), key=lambda x: x["block"])
    assert c["blocks_ok"] == len(own)
    assert (c["status"] == "ok") == (len(own) > 0), c
    assert c["status"] == "ok" or c["reason"], "no reason"
    for n in need:
        m = c["metrics"][n]
        raw = [x["metrics"][n]["value"] for x in own
               if x["metrics"][n]["value"] is not None]
        assert m["raw"] == raw and m["better"] in ("higher", "lower")
        if not raw:
            assert m["value"] is None and m["reason"], (n, m)
            continue
        assert math.isclose(m["value"], statistics.median(raw))
        assert m["low"] <= m["value"] <= m["high"] and m["unit"]
        assert m["bounds"] == "interval" and m["confidence"] >= .95
    if own:  # counts are added up over blocks
        s = {k: sum(x["load"][k] for x in own) for k in own[0]["load"]}
        x, n = c["notifications"], s["requests"]
        assert math.isclose(x["kicks"], 1000 * s["kicks"] / n)
        assert math.isclose(x["kicks_saved"], 20000 * len(own) / n)
        assert math.isclose(x["requests_per_kick"],
                            s["kicked_requests"] / s["kicks"])
        assert math.isclose(x["calls"], 1000 * s["calls"] / n)
        assert math.isclose(x["uncalled_requests"],
                            1000 - 1000 * s["called_requests"] / n)
        assert x["spurious_wakeups"] > 0 and x["exits"] is None
        assert x["lost"] == 2 * len(own)
        assert s["calls"] or x["requests_per_call"] is None
    if c["traced"]:
        assert c["stages"] and c["twin_of"] in cells
        n = sum(x["latency"]["count"] for x in own)
        mean = sum(x["latency"]["sum_ns"] for x in own) / n
        total = sum(s["mean_ns"] * s["count"] for s in c["stages"]) / n
        assert abs(total / mean - 1) < 1e-9, (total, mean)
        assert c["stages"][-1]["name"] == "unattributed"
        assert abs(sum(s["share"] for s in c["stages"]) - 1) < 1e-9
        io = [s for s in c["stages"] if s["name"] == "device_io"]
        parts = [s for x in own for s in x["stages"]
                 if s["name"] == "device_io"]
        if parts:
            assert io[0]["count"] == sum(s["count"] for s in parts)
            want = sum(s["mean_ns"] * s["count"] for s in parts)
            assert math.isclose(io[0]["mean_ns"] * io[0]["count"], want)
    else:
        assert not c["stages"]
n = gaps = 0
for k in r["comparisons"]:
    for t in k["targets"]:
        assert "traced=no" in t["cell"], "a traced cell as headline"
        ref = k["targets"][0]
        if not t["ratios"] or not t["ratios"]["iops"]["value"]:
            continue
        a, b = (cells[x["cell"]]["metrics"]["iops"]["raw"]
                for x in (ref, t))
        logs = [math.log(y / x) for x, y in zip(a, b)]
        walsh = [(x + y) / 2 for i, x in enumerate(logs) for y in logs[i:]]
        q = t["ratios"]["iops"]
        assert math.isclose(q["value"], math.exp(statistics.median(walsh)))
        assert math.isclose(q["low"], math.exp(min(walsh)))
        assert math.isclose(q["high"], math.exp(max(walsh)))
        assert q["paired"] and q["blocks"] == 6
        n += 1
    for g in k["gaps"]:  # of the traced twins: the stages explain all of it
        a, b = (cells[x] for x in (g["from"], g["to"]))
        assert not a["traced"] and not b["traced"]
        whole = g["to_ns"] - g["from_ns"]
        parts = [s["difference_ns"] for s in g["stages"]]
        assert math.isclose(sum(parts), whole, rel_tol=1e-9, abs_tol=1e-3)
        assert parts == sorted(parts, key=abs, reverse=True)
        # What one cannot show is not held against the other.
        both = [{s["name"] for s in cells[x["id"]]["stages"]}
                for x in cells.values()
                if x["traced"] and x["twin_of"] in (g["from"], g["to"])]
        only = both[0] ^ both[1]
        assert "device_io" in only and set(g["unattributed_holds"]) == only
        assert not only & {s["stage"] for s in g["stages"]}
        gaps += 1
assert n == 8, n
assert gaps >= 4, gaps
rows = list(csv.DictReader(open(f"{d}/a.csv", newline="")))
assert {row["cell"] for row in rows} == set(cells), "a cell has no line"
for c in cells.values():
    lines = [row for row in rows if row["cell"] == c["id"]]
    can = [n for n, m in c["metrics"].items()
           if m["value"] is not None or m["reason"] != "not in the record"]
    assert len(lines) == (len(can) if c["blocks_ok"] else 1), (c["id"], lines)
    for key in ("rw", "bs", "depth", "queues", "completion"):
        assert lines[0][key] == str(c["load"][key]), (key, lines[0])
    assert lines[0]["backing"] == c["backing"]
    assert lines[0]["ring_size"] == "256" and lines[0]["poisson"] == "no"
    q = c["latency"]
    assert (q is None) == (c["blocks_ok"] == 0)
    if q:
        own = [x["latency"] for x in records if x["cell"] == c["id"]]
        assert q["count"] == sum(x["count"] for x in own)
        assert q["max_ns"] == max(x["max_ns"] for x in own)
        assert (q["min_ns"] <= q["p50_ns"] < q["p90_ns"] < q["p99_ns"] <
                q["p999_ns"] <= q["p9999_ns"] <= q["max_ns"]), q
for row in rows:
    v = cells[row["cell"]]["metrics"][row["metric"]]["value"]
    assert (row["value"] == "") == (v is None)
    assert v is None or math.isclose(float(row["value"]), v, rel_tol=1e-6)
EOF

# Plots are in it; nothing is loaded from anywhere, no script; well formed.
html_ok()
{
	python3 - "$1" <<'EOF'
import re, sys
from html.parser import HTMLParser
VOID = {"meta", "br", "link", "img", "hr"}
class P(HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.svgs = [], 0
    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "img", "link", "iframe", "object"), tag
        for k, v in attrs:
            assert not k.startswith("on"), (tag, k)
            if k in ("src", "href", "xlink:href", "action"):
                assert v.startswith("#"), (tag, k, v)
        self.svgs += tag == "svg" and "aria-label" in dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()
    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, (tag, self.stack)
        self.stack.pop()
text = open(sys.argv[1], encoding="utf-8").read()
p = P()
p.feed(text)
assert not p.stack, p.stack
assert not re.search(r"url\(|@import", text)
print(p.svgs)
EOF
}
svgs=$(html_ok "$dir/a.html") || fail "HTML is not well formed"
if command -v gnuplot >/dev/null; then
	[ "$svgs" -eq 23 ] || fail "$svgs plots instead of 23"
else
	echo "skipped part: gnuplot is not installed: no plot was drawn"
fi
# Every plot has a text in its place and says what its axes are; what one page
# has many of has no id twice; no target has the colour of a stage.
python3 - "$dir/a.html" <<'EOF' || fail "plots in HTML"
import re, sys
t = open(sys.argv[1], encoding="utf-8").read()
ids = re.findall(r' id="([^"]*)"', t)
assert len(ids) == len(set(ids)), "an id twice"
for ref in re.findall(r"href=['\"]#([^'\"]*)", t):
    assert ref in ids, ref
plots = re.findall(r'<svg [^>]*role="img" aria-label="Plot: ([^"]*)">(.*?)</svg>',
                   t, re.S)
for label, svg in plots:
    axes = ["percentile of requests", "latency"] if "percentile" in label \
        else ["slower"] if "factors" in label else ["target"]
    for axis in axes:
        assert re.search(f"<text>{axis}", svg), (label, axis)
    assert "<defs>" not in svg and "GNUPLOT" not in svg
swatches = re.findall(r'background:(#[0-9a-f]{6})"></span>([^<]*)', t)
targets = {c for c, name in swatches if name in ("blk", "qsd-blk")}
stages = {c for c, name in swatches if name not in ("blk", "qsd-blk")}
assert len(targets) == 2 and len(stages) > 8 and not targets & stages
EOF

# One gnuplot draws them all.
if command -v gnuplot >/dev/null; then
	mkdir "$dir/one"
	printf '#!/bin/sh\necho >>%s\nexec %s "$@"\n' "$dir/starts" \
		"$(command -v gnuplot)" >"$dir/one/gnuplot"
	chmod +x "$dir/one/gnuplot"
	PATH=$dir/one:$PATH report "$dir/a" --format html | cmp - "$dir/a.html" ||
		fail "another page with the same gnuplot"
	[ "$(wc -l <"$dir/starts")" -eq 1 ] ||
		fail "gnuplot was started $(wc -l <"$dir/starts") times"
else
	echo "skipped part: gnuplot is not installed: no plot was drawn"
fi
grep -q 'touch the buffer in neither' "$dir/a.html" || fail "note missing"
grep -q 'no ram backing' "$dir/a.text" || fail "excluded cell missing"
grep -q 'signal 11' "$dir/a.markdown" || fail "failed cell missing"
grep -q $'\033' "$dir/a.text" && fail "colour in a file"

# Two targets need no table at a glance.
! grep -q 'At a glance' "$dir/a.text" "$dir/a.html" "$dir/a.markdown" ||
	fail "two targets at a glance"

# Without gnuplot: the report comes, and says what is missing once.
(PATH=$dir/empty; report "$dir/a" --format html) >"$dir/bare.html" ||
	fail "no report without gnuplot"
[ "$(html_ok "$dir/bare.html")" -eq 0 ] || fail "plots from nowhere"
[ "$(grep -c 'gnuplot is not installed' "$dir/bare.html")" -eq 1 ] ||
	fail "missing gnuplot not said once"

# A gnuplot that hangs or talks nonsense ends with a report all the same.
mkdir "$dir/bin"
printf '#!/bin/sh\necho nonsense\n' >"$dir/bin/gnuplot"
chmod +x "$dir/bin/gnuplot"
PATH=$dir/bin:$PATH report "$dir/a" --format html >"$dir/bad.html" ||
	fail "no report with a broken gnuplot"
html_ok "$dir/bad.html" >/dev/null || fail "broken gnuplot broke the HTML"

# One that dies, or has drawn nothing.
printf '#!/bin/sh\nread -r a; echo done\n' >"$dir/bin/gnuplot"
PATH=$dir/bin:$PATH report "$dir/a" --format html >"$dir/bad.html" ||
	fail "no report with a gnuplot that dies"
grep -q 'gnuplot failed' "$dir/bad.html" || fail "a lost plot goes unsaid"

printf '#!/bin/sh\nexec sleep 60\n' >"$dir/bin/gnuplot"
begin=$SECONDS
PATH=$dir/bin:$PATH report "$dir/a" --format html >"$dir/bad.html" ||
	fail "no report with a gnuplot that hangs"
[ $((SECONDS - begin)) -lt 15 ] || fail "gnuplot held the report up"
[ "$(grep -c 'gnuplot took more than' "$dir/bad.html")" -eq 1 ] ||
	fail "a gnuplot that hangs is not said once"

# Fewer than 6 blocks: a range, no verdict.
"$here/make_run.py" "$dir/few" blocks=3 extra=no scale.blk=.2
report "$dir/few" --format json | python3 -c '
import json, sys
r = json.load(sys.stdin)
for k in r["comparisons"]:
    q = k["targets"][1]["ratios"]["latency_p50_ns"]
    assert q["bounds"] == "range" and q["verdict"] == "inconclusive", q
    assert q["smallest_visible"] is None
for c in r["cells"]:
    assert c["metrics"]["iops"]["bounds"] == "range"
' || fail "3 blocks gave an interval"
report "$dir/few" | grep -q 'it takes at least 6' || fail "3 blocks: not said"

# A count that one block lacks is unknown: half of it is no figure. What is
# below zero or nearly so does not look like something else.
"$here/make_run.py" "$dir/n" blocks=2 extra=no
python3 - "$dir/n/records" <<'EOF'
import json, sys
def edit(name, **counts):
    for block in (0, 1):
        path = f"{sys.argv[1]}/b{block:02d}-{name}.json"
        r = json.load(open(path))
        for k, v in counts.items():
            if v is not None:
                r["load"][k] = v
            elif block:
                del r["load"][k]
        json.dump(r, open(path, "w"))
edit("blk.null.d1.interrupt", publishes=None)
edit("qsd-blk.null.d1.interrupt", requests=10 ** 6, kicks=2 * 10 ** 6,
     publishes=0)
edit("blk.null.d32.interrupt", requests=10 ** 6, spurious_wakeups=1)
EOF
report "$dir/n" >"$dir/n.text"
report "$dir/n" --format json | python3 -c '
import json, sys
x = {c["target"]: c["notifications"] for c in json.load(sys.stdin)["cells"]
     if "depth=1 " in c["id"] and "completion=interrupt" in c["id"]
     and "backing=null" in c["id"] and "traced=no" in c["id"]}
assert x["blk"]["kicks_saved"] is None and x["blk"]["kicks"] > 0, x
assert x["qsd-blk"]["kicks_saved"] == -2000, x
' || fail "a count that a block lacks"
awk '/^Notifications/ { on = 1 } on' "$dir/n.text" >"$dir/n.sent"
grep -q -- '2000  *−2000 ' "$dir/n.sent" || fail "a negative count"
grep -q ' <0.01 ' "$dir/n.sent" || fail "a rare event as none"

# What the probes could not follow is said wherever the stage is shown; a
# handful is not.
"$here/make_run.py" "$dir/i" blocks=2 extra=no lost.device_wakeup=.031 \
	lost.driver_wakeup=.005
for f in text markdown html json; do
	report "$dir/i" --format $f >"$dir/i.$f"
	[ $f = json ] || grep -q \
		'device.*wakeup.*incomplete: 3 % not seen' "$dir/i.$f" ||
		fail "$f: an incomplete stage"
	! grep -q 'driver[^|]*wakeup[^|<]*incomplete: ' "$dir/i.$f" ||
		fail "$f: incomplete for a handful"
	! grep -q 'incomplete:' "$dir/a.$f" || fail "$f: all was seen"
done
python3 - "$dir/i.json" <<'EOF' || fail "incomplete stages in JSON"
import json, sys
s = [s for c in json.load(open(sys.argv[1]))["cells"] for s in c["stages"]]
x = [s for s in s if s["name"] == "device_wakeup"]
assert x and all(abs(s["incomplete"] - .03) < .001 < s["lost"] for s in x)
assert not any(s["incomplete"] for s in s if s["name"] != "device_wakeup")
EOF

# It is the record that says of which block it is, not its file's name; a
# second one of a block is named and left out.
"$here/make_run.py" "$dir/o" blocks=12 extra=no
report "$dir/o" --format csv >"$dir/o.csv"
report "$dir/o" --format json | grep -v '_ns": [0-9.]*,$' >"$dir/o.json"
(cd "$dir/o/records" && for f in *; do
	mv "$f" "$(printf %s "$f" | md5sum | cut -c-8).json"
done)
report "$dir/o" --format csv | cmp - "$dir/o.csv" || fail "order of names"
report "$dir/o" --format json | grep -v '_ns": [0-9.]*,$' |
	diff -q - "$dir/o.json" || fail "order of names: JSON"
f=$(ls "$dir/o/records" | head -n 1)
cp "$dir/o/records/$f" "$dir/o/records/zz.json"
report "$dir/o" --format csv | cmp - "$dir/o.csv" || fail "a block twice"
report "$dir/o" | grep -q '^problem: .*zz.json: a second record of block' ||
	fail "a block twice: not said"

# Noise that is known is told, with cell and block; a quiet run says nothing.
"$here/make_run.py" "$dir/steal" blocks=6 extra=no steal=.2
for f in text markdown html json; do
	report "$dir/steal" --format $f >"$dir/steal.$f"
	tr -s '\n ' '  ' <"$dir/steal.$f" | grep -q \
		'CPU time away (steal), up to 20 % of a CPU, in 1[0-9] of' ||
		fail "$f: steal is not told"
	grep -q 'block 3)' "$dir/steal.$f" || fail "$f: no block is named"
	! grep -q 'steal)' "$dir/a.$f" || fail "$f: noise from nowhere"
done

# Stages of a cell that tracing changes do not pass for a description of it,
# and a gap that is inside the noise has no shares.
"$here/make_run.py" "$dir/traced" blocks=6 extra=no tracing=1.6 noise=.3 \
	drift=0 scale.blk=1.1
report "$dir/traced" --format json | python3 -c '
import json, sys
r = json.load(sys.stdin)
d = [t["tracing_distorts"] for k in r["comparisons"] for t in k["targets"]
     if "tracing" in t]
assert len(d) == 12 and sum(d) >= 6, d
g = [g for k in r["comparisons"] for g in k["gaps"]]
assert g and any(x["inside_noise"] for x in g), g
' || fail "distorted traces, gaps inside the noise"
report "$dir/traced" >"$dir/traced.text"
grep -q 'too far from it to describe it' "$dir/traced.text" || fail "distorted"
awk '/inside the noise/ { on = 1; next } / → / { on = 0 }
	on && / device_wakeup .*%/ { bad = 1 } END { exit bad }' \
	"$dir/traced.text" || fail "shares of noise"
! grep -q 'too far from it' "$dir/a.text" || fail "1.04x is no distortion"

# One direction, in one form, and no verdict in words below 6 blocks.
grep -qE '[0-9]× faster \([0-9.]+–[0-9.]+\) ' "$dir/a.text" || fail "no factor"
! grep -qE '[^0-9]0\.[0-9]+× (faster|slower)' "$dir/a.text" "$dir/a.html" \
	"$dir/a.markdown" || fail "faster by less than 1"
report "$dir/few" >"$dir/few.text"
! grep -qE 'faster|slower|on par|cannot tell' "$dir/few.text" ||
	fail "a verdict of 3 blocks: $(grep -E 'faster|slower' "$dir/few.text")"
# CPU time stands beside each verdict.
sed -n '/^Targets side/,/^$/p' "$dir/a.text" | grep -q 'device CPU/req' ||
	fail "no CPU time beside the verdicts"

# Two loads are never called the same, whatever tells them apart.
cp -r "$dir/a" "$dir/same"
python3 - "$dir/same/run.json" <<'EOF'
import json, sys
r = json.load(open(sys.argv[1]))
for c in r["cells"]:
    c["group"] = (f"type=blk backing={c['backing']} "
                  f"depth={c['load']['depth']} bs=4k "
                  f"completion={c['load']['completion']}")
    c["load"]["depth"] = 1
json.dump(r, open(sys.argv[1], "w"))
EOF
report "$dir/same" --format json | python3 -c '
import json, sys
n = [k["label"] for k in json.load(sys.stdin)["comparisons"]]
assert len(set(n)) == len(n) == 9, n
assert any("depth=32" in x for x in n), n
' || fail "two loads of one name"

# Broken records are named and cost nothing else.
cp -r "$dir/a" "$dir/c"
rm "$dir/c/records/b00-blk.null.d1.poll.json"
echo '{' >"$dir/c/records/b01-blk.null.d1.poll.json"
echo '{"schema":99}' >"$dir/c/records/b02-blk.null.d1.poll.json"
sed -i 's/"count": [0-9]*/"count": 3/' \
	"$dir/c/records/b03-blk.null.d1.poll.json"
sed -i 's/"block": 4/"block": -4/' "$dir/c/records/b04-blk.null.d1.poll.json"
head -c 100 /dev/urandom >"$dir/c/records/x.json"
report "$dir/c" --format json >"$dir/c.json" || fail "corrupt records are fatal"
python3 - "$dir/c.json" <<'EOF' || fail "corrupt records"
import json, sys
r = json.load(open(sys.argv[1]))
text = "\n".join(r["problems"])
for s in ("b01-blk.null.d1.poll", "schema 99", "block 3: latency histogram",
          "b04-blk.null.d1.poll", "x.json"):
    assert s in text, (s, text)
c = [c for c in r["cells"] if c["target"] == "blk" and "depth=1 " in c["id"]
     and "completion=poll" in c["id"] and "backing=null" in c["id"]
     and not c["traced"]][0]
assert c["blocks_ok"] == 2, c["blocks_ok"]
EOF

# Names from files are text, never markup, commands or formulas.
evil='<script>alert(1)</script>"`touch '$dir'/owned`$(id)@x'\''|*=&'
"$here/make_run.py" "$dir/evil" blocks=2 "name.blk=$evil" \
	"name.qsd-blk==cmd|x" "cpu=<img src=x onerror=alert(1)>"
for f in text markdown csv json html; do
	report "$dir/evil" --format $f -o "$dir/evil.$f" || fail "evil $f"
done
html_ok "$dir/evil.html" >/dev/null || fail "names became markup"
[ ! -e "$dir/owned" ] || fail "a name became a command"
grep -q '<script\|<img' "$dir/evil.markdown" && fail "markup in markdown"
grep -q '"=cmd' "$dir/evil.csv" && fail "a formula in CSV"

# Names that are cut to fit are cut between characters.
long=$(printf 'ä%.0s' $(seq 300))
"$here/make_run.py" "$dir/long" blocks=2 extra=no "name.blk=x$long"
sed -i 's/"backing": "null"/"backing": "'"$long"'"/;s/device died/'"$long"'/' \
	"$dir/long/run.json" "$dir/long"/records/*
for f in text markdown csv json html; do
	report "$dir/long" --format $f -o "$dir/long.$f" || fail "long $f"
	python3 -c 'import sys; open(sys.argv[1], encoding="utf-8").read()' \
		"$dir/long.$f" || fail "long names: $f is not UTF-8"
done
python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert len(r["comparisons"]) == 8 and all(k["label"] for k in r["comparisons"])
' "$dir/long.json" || fail "long names lost comparisons"

# Runs put together; of different hosts they are not.
"$here/make_run.py" "$dir/b" seed=2
report "$dir/a" "$dir/b" --format json | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert len(r["runs"]) == 2
assert all(c["blocks_ok"] in (0, 12) for c in r["cells"])
' || fail "two runs are not put together"
"$here/make_run.py" "$dir/other" cpu=Other
report "$dir/a" "$dir/other" >/dev/null 2>"$dir/err" && fail "hosts mixed"
grep -q 'different hosts' "$dir/err" || fail "hosts: $(cat "$dir/err")"

# Another reference turns the ratio round.
report "$dir/a" --reference blk --format json | python3 -c '
import json, sys
a, b = json.load(open(sys.argv[1])), json.load(sys.stdin)
x = a["comparisons"][2]["targets"][1]["ratios"]["iops"]
y = b["comparisons"][2]["targets"][1]["ratios"]["iops"]
assert abs(x["value"] * y["value"] - 1) < 1e-9
' "$dir/a.json" || fail "--reference"

status()
{
	local want=$1 got=0
	shift
	"$@" >/dev/null 2>&1 || got=$?
	[ $got -eq "$want" ] || fail "exit $got, not $want: $*"
}
status 2 report
status 2 report "$dir/a" --format pdf
status 2 report "$dir/a" --threshold x
status 1 report "$dir/nowhere"
status 1 report "$dir/a" --reference nobody
status 1 report "$dir/a" -o "$dir/nowhere/x"
[ -e /dev/full ] && { report "$dir/a" >/dev/full 2>/dev/null &&
	fail "a full disk went unnoticed"; }
status 0 report --help
echo ok
