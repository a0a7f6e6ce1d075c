#!/usr/bin/env bash
# Runs the suite, and compares it with the report of the base branch where there is one (base.json).
set -euo pipefail

code=0
rm -f report.json
npx tailrace run --reporter json=report.json,junit=junit.xml,markdown=report.md || code=$?
# What was lost before is not this change's fault: only what is new fails it. What could not be run (2) always does.
if [[ -f base.json && $code -le 1 ]]; then
  npx tailrace compare base.json report.json --markdown changes.md
  exit
fi
exit "$code"
