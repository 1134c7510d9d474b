#!/bin/bash
# SPDX-License-Identifier: MIT
# Two runs at once never share a folder, a run that goes on is not resumed,
# results/latest is the last run or one is told; what runs is what is
# recorded: programs that are replaced meanwhile, the disk, odd paths.
set -u
dir=$(mktemp -d)
pids=()
finish() {
	for p in "${pids[@]}"; do kill -9 "$p" 2>/dev/null; done
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir" || exit 1

fail() { echo "FAILED: $*"; exit 1; }
json() { python3 -c "import json,sys
r=json.load(open(sys.argv[1])); print($2)" "$1"; }
# A busy machine may leave a cell without a request; what is looked at here is
# who was started, and where.
ran() { # ran STATUS FOLDER
	[ "$1" -le 1 ] && [ -s "$2/run.json" ] || return 1
	! grep -lE 'ended before|cannot execute|left no report' "$2"/records/*.json
}
begun() { # begun FOLDER: wait for its first record
	for _ in $(seq 200); do
		ls "$1"/records/*.json >/dev/null 2>&1 && return
		sleep 0.1
	done
	fail "$1 has not begun"
}

cat >s.ini <<EOF
[run]
target = blk
time = 20ms
warmup = 1ms
traced = no
blocks = 1
EOF

# ---- eight that begin together: eight folders, each whole ----
runs=()
for i in 1 2 3 4 5 6 7 8; do
	"$VIOPERF" run s.ini --set depth=$i --set completion=poll \
		--set time=200ms --no-report 2>err.$i & runs+=($!)
done
for p in "${runs[@]}"; do
	wait "$p"
	[ $? -le 1 ] || fail "one of eight: $(cat err.*)"
done
[ "$(find results -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 8 ] ||
	fail "eight runs, these folders: $(ls results)"
depths=$(for f in results/2*/run.json; do
	json "$f" 'r["cells"][0]["load"]["depth"]'
done | sort | tr -d '\n')
[ "$depths" = 12345678 ] || fail "depths $depths"
for d in results/2*; do
	[ "$(json "$d/run.json" 'r["id"]')" = "$(basename "$d")" ] || fail "$d: id"
	[ "$(json "$d/run.json" 'r["scenario"]')" = s ] || fail "$d: scenario"
done
[ -L results/latest ] && ! ls -A results | grep -qF .latest ||
	fail "results/latest after eight"

# ---- a run that goes on ----
"$VIOPERF" run s.ini --out live --set blocks=900 --no-report 2>err & p=$!
pids+=($p)
begun live
"$VIOPERF" run --resume live >out 2>err2
[ $? -eq 2 ] || fail "a live run was resumed"
grep -q "a run goes on there, by process $p" err2 || fail "whose? $(cat err2)"
"$VIOPERF" run s.ini --out live >out 2>err2
[ $? -eq 2 ] && grep -q "by process $p" err2 || fail "two in one folder"
"$VIOPERF" report live --format json >out || fail "report of a live run"
json out 'r["notes"]' | grep -q 'did not finish' || fail "it is not said to be unfinished"
kill -INT $p; wait $p
[ $? -eq 130 ] || fail "the live run was disturbed: $(cat err)"
"$VIOPERF" run --resume live --no-report 2>err2 & q=$!
pids+=($q)
sleep 0.5; kill -INT $q; wait $q
[ $? -eq 130 ] || fail "resume after the end: $(cat err2)"

# ---- results/latest cannot be a link ----
rm results/latest; mkdir -p results/latest/old
"$VIOPERF" run s.ini --no-report 2>err
[ $? -le 1 ] || fail "latest is a folder"
grep -q 'results/latest does not point to this run: it is a folder' err ||
	fail "silent about results/latest: $(cat err)"
[ -d results/latest/old ] || fail "results/latest was removed"

# ---- our program is replaced: the run goes on with the one that began ----
cp "$VIOPERF" vp
./vp run s.ini --out ours --set blocks=40 --no-report 2>err & p=$!
pids+=($p)
begun ours
printf '#!/bin/sh\nexit 3\n' >t; chmod +x t; mv -f t vp
[ "$(ls ours/records | wc -l)" -lt 40 ] || fail "too fast to replace anything"
wait $p
ran $? ours || fail "by another program: $(cat err)"
[ "$(ls ours/records | wc -l)" -eq 40 ] || fail "not whole"
id=$(readelf -n "$VIOPERF" | sed -n 's/.*Build ID: //p')
[ -n "$id" ] && [ "$(json ours/run.json 'r["vioperf"]["build_id"]')" = "$id" ] ||
	fail "build id"
./vp run --resume ours 2>/dev/null
[ $? -eq 3 ] || fail "the new program is not the new program"

# ---- a run is not gone on with by another build ----
python3 - <<'EOF'
import json
r = json.load(open("ours/run.json"))
r["vioperf"]["build_id"] = "0" * 40
json.dump(r, open("ours/run.json", "w"))
EOF
"$VIOPERF" run --resume ours 2>err
[ $? -eq 2 ] && grep -q 'another build of vioperf' err || fail "$(cat err)"

# ---- another's program is replaced: said, in the report too ----
cat >dev <<EOF
#!/bin/sh
exec "$VIOPERF" device blk --socket \$1
EOF
chmod +x dev; cp dev dev2
printf '[target mine]\ntype = blk\ncommand = %s/dev {socket}\n' "$dir" >>s.ini
"$VIOPERF" run s.ini --set target=mine --out theirs --set blocks=40 2>err >out & p=$!
pids+=($p)
begun theirs
mv -f dev2 dev
wait $p
ran $? theirs || fail "theirs: $(cat err)"
grep -q "^before block .*$dir/dev.* was replaced by another build" err ||
	fail "the change is not said: $(cat err)"
grep -q "$dir/dev.* was replaced" out || fail "the report does not say it"
json theirs/run.json 'len(r["changes"]), r["programs"][0]["name"]' |
	grep -qx "1 $dir/dev" || fail "run.json: $(json theirs/run.json 'r["changes"], r["programs"]')"

# ---- a folder with a comma; the disk is on record, and gone ----
mkdir 'c,d'
targets=blk; command -v qemu-storage-daemon >/dev/null && targets=blk,qsd-blk
VIOPERF_DISK="$dir/c,d" "$VIOPERF" run s.ini --set backing=file \
	--set file-size=8m --set target=$targets --out file --no-report 2>err
ran $? file || fail "a comma in the disk's path: $(cat err file/logs/*)"
grep -q "writing a disk of 8m in $dir/c,d" err || fail "where is the disk?"
json file/run.json 'r["disk"]["folder"], r["disk"]["bytes"]' |
	grep -qx "$dir/c,d 8388608" || fail "the disk is not on record"
[ -z "$(ls -A 'c,d')" ] || fail "the disk is left"
VIOPERF_DISK="$dir/c,d" "$VIOPERF" run s.ini --set backing=file \
	--set file-size=900t --out huge 2>err
[ $? -eq 2 ] && grep -q 'VIOPERF_DISK.*no room' err && [ ! -e huge ] ||
	fail "no room: $(cat err)"

# ---- what a target is, and its options ----
"$VIOPERF" run s.ini --set target=blk+poll-max=0 --out opt --no-report 2>err
ran $? opt || fail "$(cat err)"
json opt/run.json 'r["targets"][0]["options"], r["cells"][0]["target"]' |
	grep -qxF "{'poll-max': '0'} blk+poll-max=0" || fail "options"
grep -rq -- --poll-max=0 opt/records || fail "the device was not told"
echo "each in its own folder, and as recorded"
