"""Is told of entries by a channel, and reads on from its cursor. What it is given says what it does, or leaves out."""
import os
import sys
import time

import redis

how = sys.argv[1]
topic = os.environ["TAILRACE_TOPIC"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
cursor = "0-0"


def read_on():
    global cursor
    while True:
        try:
            page = client.xrange(topic, f"({cursor}", "+", count=50)
        except redis.RedisError:
            time.sleep(0.02)
            continue
        if not page:
            return
        for entry, fields in page:
            print(entry, fields["data"])
            cursor = entry


first = True
while True:
    listener = client.pubsub()
    try:
        listener.subscribe(f"{topic}:live")
        listener.get_message(timeout=None)
        if first or how == "catches-up":
            read_on()
        if first:
            print("ready")
            first = False
        for message in listener.listen():
            if message["type"] == "message" and how != "deaf":
                read_on()
    except redis.ConnectionError:
        time.sleep(0.02)
