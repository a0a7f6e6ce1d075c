"""A generator of entries over blocking reads, and a loop that prints them."""
import os
import time

import redis

topic = os.environ["TAILRACE_TOPIC"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def entries(after):
    while True:
        try:
            reply = client.xread({topic: after}, count=10, block=1000)
        except redis.RedisError:
            time.sleep(0.02)
            continue
        for _, page in reply:
            for after, fields in page:
                yield after, fields


newest = client.xrevrange(topic, count=1)
for entry, fields in entries(newest[0][0] if newest else "0-0"):
    print(entry, fields["data"], flush=True)
