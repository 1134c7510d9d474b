#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: install-deps.sh PACKAGE...
# Install the Debian packages that are missing, naming them. Without apt or
# root: print the one line to run, and fail only if the build would.
missing=
for p in "$@"; do
	dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
		grep -qx installed || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "not a Debian system: install the equivalents of:$missing" >&2
	exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "missing packages; run:" >&2
	echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
	exit 0
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends \
		$missing >/dev/null; }
