#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: record_keys.py README REPORTS_DIR RUN_DIR...

results/README.md names exactly the keys that records hold. Keys are what is
in quotes in its indented blocks, in the place of a key; facts of a host what is
in backquotes in its tables. Fails on a key that records of the runs hold and it
does not name, on one that it names and no record holds, and on one that the
reports read and it does not name.
"""
import glob, json, re, sys

# Named, and held only where these runs do not come: a VM that ends while it is
# looked at, iperf's ping, a host whose KVM boots no guest.
ELSEWHERE = set("ended ping why_not_kvm".split())
# Of what the reports make themselves.
REPORTS_OWN = set("a b fact".split())
# What stands under these is named by data.
BY_DATA = {"metrics", "options", "exit_reasons", "counters", "fio", "query_stats"}


def readme_keys(text):
    """Keys of the JSON-like blocks: a string behind { or , and not within []
    or behind a colon."""
    keys, facts = set(), set()
    for block in re.findall(r"(?:^    .*\n)+", text, re.M):
        block = re.sub(r"#.*", "", block)
        stack, last = [], ""
        for t in re.findall(r'"[^"\n]*"|[{}\[\]:,|]', block):
            if t in "{[":
                stack.append(t)
            elif t in "}]":
                if stack:
                    stack.pop()
            elif t[0] == '"' and last in ("{", ",", "") and \
                    (not stack or stack[-1] == "{"):
                keys.add(t[1:-1])
            last = t
    for line in re.findall(r"^\| .*", text, re.M):
        facts |= set(re.findall(r"`([a-z_0-9]+)`", line.split("|")[1]))
    return keys, facts


def walk(j, keys, facts):
    if isinstance(j, list):
        for x in j:
            walk(x, keys, facts)
    elif isinstance(j, dict):
        for k, v in j.items():
            keys.add(k)
            if k == "host" and "kernel" in v:
                facts |= set(v)
            elif k in BY_DATA:
                for x in v.values() if isinstance(v, dict) else []:
                    if k == "metrics":
                        walk(x, keys, facts)
            elif k == "stages" and isinstance(v, dict):
                for x in v.values():
                    walk(x, keys, facts)
            else:
                walk(v, keys, facts)


def reports_keys(folder):
    keys, facts = set(), set()
    for path in glob.glob(folder + "/*.c"):
        text = open(path).read()
        keys |= set(re.findall(
            r'(?:record_num|record_str|json_object_get)\(\s*'
            r'[^"()]*(?:\([^()]*\)[^"()]*)*"([a-z_0-9]+)"', text))
        for body in re.findall(r"(?:facts|passing)\[\] = \{([^}]*)\}", text):
            facts |= set(re.findall(r'"([a-z_0-9]+)"', body))
    return keys, facts


def say(what, names):
    if names:
        print(f"{what}: {' '.join(sorted(names))}")
    return bool(names)


def main():
    named, named_facts = readme_keys(open(sys.argv[1]).read())
    read, read_facts = reports_keys(sys.argv[2])
    held, held_facts = set(), set()
    for run in sys.argv[3:]:
        for path in glob.glob(run + "/run.json") + \
                glob.glob(run + "/records/*.json"):
            walk(json.load(open(path)), held, held_facts)
    assert len(held) > 100 and len(read) > 30 and len(named) > 100
    bad = [say("held, and not named in README", held - named),
           say("named in README, and held by no record",
               named - held - ELSEWHERE),
           say("read by reports, and not named in README",
               read - named - named_facts - REPORTS_OWN),
           say("facts held, and not named", held_facts - named_facts),
           say("facts named, and not held", named_facts - held_facts),
           say("facts read, and not named",
               read_facts - named_facts - {"path"})]
    sys.exit(any(bad))


main()
