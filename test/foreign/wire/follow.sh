#!/usr/bin/env bash
# redis-cli, a process for each read, from the last id that was printed. With "dollar" each read asks for what is new.
ask() { redis-cli -e -u "$REDIS_URL" --raw "$@" 2>/dev/null; }

last=$(ask XREVRANGE "$TAILRACE_TOPIC" + - COUNT 1 | head -n 1)
while true; do
  [[ $1 == dollar ]] && last='$'
  if ! answer=$(ask XREAD COUNT 10 BLOCK 1000 STREAMS "$TAILRACE_TOPIC" "${last:-0-0}"); then
    sleep 0.02
    continue
  fi
  # The key, and then an id, the name of the field and what it holds for each entry.
  mapfile -t lines <<<"$answer"
  for ((i = 1; i + 2 < ${#lines[@]}; i += 3)); do
    echo "${lines[i]} ${lines[i + 2]}"
    last=${lines[i]}
  done
done
