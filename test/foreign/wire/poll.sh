#!/usr/bin/env bash
# redis-cli, polling with XRANGE above the last id that was printed. With "late" it asks for the last of the stream behind each page, and
# takes that for the last that it has printed.
ask() { redis-cli -e -u "$REDIS_URL" "$@" 2>/dev/null; }

echo ready
last=0-0
while true; do
  if answer=$(ask XRANGE "$TAILRACE_TOPIC" "($last" + COUNT 50); then
    while read -r id && read -r _ && read -r data; do
      echo "$id $data"
      last=$id
    done <<<"$answer"
  fi
  if [[ $1 == late ]]; then
    last=$(ask XREVRANGE "$TAILRACE_TOPIC" + - COUNT 1 | head -n 1)
    last=${last:-0-0}
  fi
  sleep 0.02
done
