#!/bin/bash
# SPDX-License-Identifier: MIT
# What `list --probes` reads is what `trace --list` writes: each event and stage
# with its status and the reason why it, or a better way, is not to be had.
set -u
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
"$VIOPERF" trace --list 2>&1 | grep -q 'built without tracing' &&
	{ echo "built without tracing"; exit 77; }
cd "$(dirname "$0")/.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# compare NAME COMMAND...: both lists, run by COMMAND
compare() {
	local name=$1
	shift
	"$@" trace --list --format json >"$dir/$name.written" || fail "$* trace"
	"$@" list --probes --format json >"$dir/$name.read" || fail "$* list"
	"$@" list --probes >"$dir/$name.text" || fail "$* list as text"
	python3 - "$dir/$name" <<'END' || fail "$name: what is listed"
import json, sys
written = json.load(open(sys.argv[1] + ".written"))
read = json.load(open(sys.argv[1] + ".read"))
text = open(sys.argv[1] + ".text").read()
assert set(read) == {"probes", "stages"}, read.keys()
assert len(written["probes"]) == len(read["probes"]) > 10
assert len(written["stages"]) == len(read["stages"]) > 5
for w, r in zip(written["probes"], read["probes"]):
    assert r["name"] == w["edge"] and r["status"] == w["status"], (w, r)
    assert r["what"] == w.get("attach", "-"), (w, r)
    assert r.get("refused") == w.get("refused"), (w, r)
    usable = w["status"] == "usable"
    assert usable or r["reason"] == w["refused"][-1]["reason"] != "", (w, r)
    assert usable != ("reason" in r), r
    for way in w.get("refused", []):
        assert way["reason"] in text, way
        assert len(w["refused"]) == 1 or \
            "not %s: %s\n" % (way["attach"], way["reason"]) in text, way
for w, r in zip(written["stages"], read["stages"]):
    assert r["name"] == w["name"] and r["status"] == w["status"], (w, r)
    assert r["what"] == w["from"] + " -> " + w["to"], (w, r)
    assert r.get("reason") == w.get("reason"), (w, r)
    assert (w["status"] == "usable") != ("reason" in w), w
assert "unknown" not in text and "?" not in text, text
END
}

compare here "$VIOPERF"
# Without permission there is nothing but reasons.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$VIOPERF" "$dir/vioperf"
	chmod 755 "$dir"
	compare nobody setpriv --reuid 65534 --clear-groups "$dir/vioperf"
	grep -q "notification written .* needs root" "$dir/nobody.text" ||
		fail "why nobody may trace is not said"
else
	echo "skipped part: without root or setpriv, permission cannot be dropped"
fi

# Each key that the reader names is one that the writer wrote.
python3 - harness/probes.c "$dir"/*.written <<'END' || fail "keys"
import json, re, sys
read = set(re.findall(r'(?:record_str|record_num|json_object_get)\(\s*[^"()]*'
                      r'(?:\([^()]*\)[^"()]*)*"(\w+)"', open(sys.argv[1]).read()))
read |= set(re.findall(r'list_of\("(\w+)"\)', open(sys.argv[1]).read()))
written = set()
def note(j):
    for v in j if isinstance(j, list) else j.values():
        if isinstance(v, (dict, list)):
            note(v)
    written.update(j if isinstance(j, dict) else ())
for path in sys.argv[2:]:
    note(json.load(open(path)))
assert {"edge", "attach", "refused", "reason", "status", "from"} <= read, read
assert read <= written, read - written
END
echo "every key that is read is written"
