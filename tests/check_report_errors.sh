#!/bin/bash
# SPDX-License-Identifier: MIT
# Requests that failed and were allowed to are told beside the figures, in
# every format, and where none failed there is no word of it.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }
here=$(dirname "$0")

python3 "$here/make_run.py" "$dir/r" errors.blk=7 >/dev/null || fail "no run"
blocks=$(find "$dir/r/records" -name 'b*' | sed 's/.*\/\(b[0-9]*\).*/\1/' | sort -u | wc -l)
sum=$((7 * blocks))
says="blk: $sum of [0-9]+ requests failed \(allowed: 0.1% a block\), its figures are of the others"
for f in text markdown html json; do
	"$VIOPERF" report "$dir/r" --format=$f >"$dir/$f" 2>"$dir/err" ||
		fail "$f: $(cat "$dir/err")"
	grep -Eq "$says" "$dir/$f" || fail "$f does not say it"
done
grep -Eq 'qsd-blk: [0-9]+ of' "$dir/text" && fail "of a target that has none"
"$VIOPERF" report "$dir/r" --format=csv >"$dir/csv" || fail csv
python3 - "$dir" "$sum" <<'PY' || fail "csv or json"
import csv, json, sys
n = int(sys.argv[2])
for row in csv.DictReader(open(sys.argv[1] + "/csv")):
    want = n if row["target"] == "blk" and row["status"] == "ok" else 0
    assert int(row["requests_failed"]) == want, row
for c in json.load(open(sys.argv[1] + "/json"))["cells"]:
    f = c.get("failures")
    if c["target"] == "blk" and c["status"] == "ok":
        assert f["failed"] == n and f["requests"] > n, f
        assert f["allowed"] == "0.1%"
    else:
        assert not f, c
PY
python3 "$here/make_run.py" "$dir/good" >/dev/null
"$VIOPERF" compare "$dir/good" "$dir/r" >"$dir/compare"
tr -s ' \n' ' ' <"$dir/compare" | grep -Eq "note: B, blk, null · 4k randread[^:]*: $sum of [0-9]+ requests failed" ||
	fail "compare does not say it: $(cat "$dir/compare")"
grep -q 'note: A' "$dir/compare" && fail "compare says it of the wrong run"
"$VIOPERF" compare "$dir/good" "$dir/r" --format json | grep -q failures_b ||
	fail "nor as JSON"
"$VIOPERF" report "$dir/good" --format=html | grep -q 'requests failed' &&
	fail "nothing failed, and it says so"
exit 0
