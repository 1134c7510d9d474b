# SPDX-License-Identifier: MIT
# Sourced by tests that look for processes: by /proc, which needs no package.

# children_of PID [NAME]: pids of its children, or of those called NAME
children_of() {
	grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status |
	while IFS=/ read -r _ _ child _; do
		[ -z "${2:-}" ] || [ "$(cat "/proc/$child/comm" 2>/dev/null)" = "$2" ] &&
			echo "$child"
	done
	:
}
