/** The clock that ids are made of. */
import type { RedisClient } from '../redis-client.js'

/**
 * Waits for the server's clock to move on. A stream that is made anew may otherwise give an id a second time, and whether
 * it does would hang on how fast we were.
 */
export async function nextMillisecond(client: RedisClient): Promise<void> {
  const now = async () => {
    // Not a number, and so nothing to wait for, where it is refused.
    const [seconds, microseconds] = (await client.call('time').catch(() => [])) as [string?, string?]
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  }
  const start = await now()
  while ((await now()) <= start);
}
