"""A worker of a group, and a thread beside it that takes over what is idle for two seconds, on a connection of its own."""
import os
import threading
import time

import redis

topic = os.environ["TAILRACE_TOPIC"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
output = threading.Lock()


def handle(entries):
    for entry, fields in entries:
        with output:
            print("handled", entry, fields["data"], flush=True)
        client.xack(topic, "billing", entry)


def claim():
    while True:
        time.sleep(0.2)
        try:
            handle(client.xautoclaim(topic, "billing", "claimer", 2000)[1])
        except redis.RedisError:
            pass


def with_group():
    try:
        client.xgroup_create(topic, "billing", id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


with_group()
threading.Thread(target=claim, daemon=True).start()
while True:
    try:
        for _, entries in client.xreadgroup("billing", "worker", {topic: ">"}, count=10, block=500):
            handle(entries)
    except redis.RedisError as error:
        if "NOGROUP" in str(error):
            with_group()
        time.sleep(0.02)
