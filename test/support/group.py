"""A member of a group in Python. `how`: never, list (reads its own list where a read has failed), or a number of milliseconds to claim after."""
import os
import sys
import time

import redis

how = sys.argv[1]
topic = os.environ["TAILRACE_TOPIC"]


def connected():
    return redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def handle(entries):
    for entry, fields in entries:
        if fields:
            print(entry, fields, flush=True)
        r.xack(topic, "g", entry)


def claim():
    reply = r.execute_command("XAUTOCLAIM", topic, "g", "c", how, "0-0", "COUNT", "10")
    entries = reply[1] if isinstance(reply[0], str) else reply
    handle((entry, fields) for entry, fields in entries)


def pending():
    while True:
        entries = r.xreadgroup("g", "c", {topic: "0"}, count=10)
        entries = entries[0][1] if entries else []
        handle(entries)
        if not entries:
            return


r = connected()
while True:
    try:
        r.xgroup_create(topic, "g", id="0", mkstream=True)
        break
    except redis.ResponseError as error:
        if "BUSYGROUP" in str(error):
            break
        raise
failed = True
while True:
    try:
        if how == "list" and failed:
            pending()
        elif how not in ("never", "list"):
            claim()
        failed = False
        for _, entries in r.xreadgroup("g", "c", {topic: ">"}, count=10, block=500):
            handle(entries)
    except redis.ConnectionError:
        failed = True
        time.sleep(0.02)
        r = connected()
