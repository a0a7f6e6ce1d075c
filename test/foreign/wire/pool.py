"""Three threads in turn, each on a connection of a pool, from one cursor."""
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor

import redis

topic = os.environ["TAILRACE_TOPIC"]
pool = redis.BlockingConnectionPool.from_url(os.environ["REDIS_URL"], decode_responses=True, max_connections=4)
clients = [redis.Redis(connection_pool=pool, single_connection_client=True) for _ in range(3)]
threads = ThreadPoolExecutor(max_workers=3)
cursor = None


def read(client):
    global cursor
    if cursor is None:
        newest = client.xrevrange(topic, count=1)
        cursor = newest[0][0] if newest else "0-0"
    reply = client.xread({topic: cursor}, count=10, block=500)
    return reply[0][1] if reply else []


for client in itertools.cycle(clients):
    try:
        entries = threads.submit(read, client).result()
    except redis.RedisError:
        time.sleep(0.02)
        continue
    for cursor, fields in entries:
        print(cursor, fields["data"], flush=True)
