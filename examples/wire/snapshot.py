"""Prints what is added to a stream. Its cursor is an id from the beginning: an empty read leaves it where it is."""
import os
import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"])
topic = os.environ["TAILRACE_TOPIC"]
last = client.xrevrange(topic, count=1)
cursor = last[0][0] if last else "0-0"
while True:
    for _, entries in client.xread({topic: cursor}, count=10, block=2000) or []:
        for cursor, fields in entries:
            print(fields[b"data"].decode(), flush=True)
