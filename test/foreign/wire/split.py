"""Prints each entry in pieces: a head, slices of what it holds, and the end of the line."""
import os
import sys
import time

import redis

topic = os.environ["TAILRACE_TOPIC"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, health_check_interval=30)
after = (client.xrevrange(topic, count=1) or [("0-0", None)])[0][0]
while True:
    try:
        reply = client.xread({topic: after}, block=1000)
    except redis.RedisError:
        time.sleep(0.02)
        continue
    for _, page in reply:
        for entry, fields in page:
            sys.stdout.write(f"{entry}\t")
            text = fields["data"]
            for at in range(0, len(text), 7):
                sys.stdout.write(text[at : at + 7])
                sys.stdout.flush()
            sys.stdout.write("\n")
            sys.stdout.flush()
            after = entry
