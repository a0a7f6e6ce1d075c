"""Prints what is added to a stream. Its cursor is "$" until an entry comes: what is added between two reads is lost."""
import os
import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"])
topic = os.environ["TAILRACE_TOPIC"]
cursor = "$"
while True:
    for _, entries in client.xread({topic: cursor}, count=10, block=2000) or []:
        for cursor, fields in entries:
            print(fields[b"data"].decode(), flush=True)
