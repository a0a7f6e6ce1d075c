/** Writes frames to a client as fast as it takes them. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Frame } from '../../src/consumers/loops.js'
import { toSse } from '../../src/consumers/sse.js'

/**
 * Until the frames end or `signal` aborts. The next frame is asked for only when the client has room for it: a slow client
 * slows down its own cursor, and nothing piles up in memory.
 */
export async function pipeFrames(frames: AsyncIterable<Frame>, response: ServerResponse, signal: AbortSignal): Promise<void> {
  for await (const frame of frames) {
    if (signal.aborted) return
    if (!response.write(toSse(frame))) await roomIn(response, signal)
  }
}

async function roomIn(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal })
  } catch (error) {
    // The client went away while it had no room: that is its good right.
    if (!signal.aborted) throw error
  }
}
