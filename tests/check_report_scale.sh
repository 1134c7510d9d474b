#!/bin/bash
# SPDX-License-Identifier: MIT
# Four times as many records take about four times as long, and little memory.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
exec python3 "$here/scale_reports.py" check
