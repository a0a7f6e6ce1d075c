"""asyncio: a task that reads ahead into a queue for five, and one that prints what is in it."""
import asyncio
import os

import redis.asyncio as redis


async def read(client, topic, queue):
    newest = await client.xrevrange(topic, count=1)
    after = newest[0][0] if newest else "0-0"
    while True:
        try:
            reply = await client.xread({topic: after}, count=10, block=1000)
        except redis.RedisError:
            await asyncio.sleep(0.02)
            continue
        for _, page in reply:
            for after, fields in page:
                await queue.put(fields["data"])


async def main():
    client = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    queue = asyncio.Queue(maxsize=5)
    reading = asyncio.create_task(read(client, os.environ["TAILRACE_TOPIC"], queue))
    while not reading.done():
        print(await queue.get(), flush=True)


asyncio.run(main())
