/**
 * One run of the literal-`$` consumer without the harness, as a test would have it: the consumer is told to begin, a
 * sentinel is appended somewhere, and was it delivered?
 *
 * The consumer is the one that the harness runs, on real time. The judgement is the fastest that is certain, in favour of
 * those that are compared with: after the sentinel come fences, until the consumer delivers something. It delivers in
 * order, so the first that comes is the sentinel, or the sentinel is lost.
 */
import { systemClock, type Clock } from '../../src/clock/clock.js'
import { literalDollar } from '../../src/consumers/loops.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { Timing } from '../results.js'

const SENTINEL = 'sentinel'
const FENCE_EVERY_MS = 5

/** BLOCK 2000 and a pause of 100 ms; or no pause at all, with a BLOCK so short that gaps come as often as can be. */
export const TIMINGS: Readonly<Record<Timing, { readonly blockMs: number; readonly pauseMs: number }>> = {
  original: { blockMs: 2000, pauseMs: 100 },
  bare: { blockMs: 20, pauseMs: 0 },
}

/** Sleeps where the loop pauses; in the bare loop a pause is none. */
export const pausing = (timing: Timing, clock: Clock): Clock => (timing === 'original' ? clock : { ...clock, sleep: async () => {} })

export interface Trial {
  readonly repository: StreamRepository
  readonly timing: Timing
  readonly topic: string
  /** Appends the sentinel when it sees fit. The consumer has promised delivery. */
  readonly producer: (append: () => Promise<unknown>) => Promise<void>
}

/** True where the sentinel was lost. */
export async function losesSentinel({ repository, timing, topic, producer }: Trial): Promise<boolean> {
  const stop = new AbortController()
  const frames = literalDollar({
    repository,
    topic,
    clock: pausing(timing, systemClock),
    signal: stop.signal,
    read: { timeoutMs: TIMINGS[timing].blockMs, count: 10 },
    status: async () => 'running',
  })
  await frames.next()
  const first = firstEntry(frames)
  try {
    let delivered: unknown
    void first.then((data) => (delivered = data))
    await producer(() => repository.sendData(topic, SENTINEL))
    for (let fence = 0; delivered === undefined; fence++) {
      if (fence > 0) await repository.sendData(topic, 'fence')
      await Promise.race([first, systemClock.sleep(FENCE_EVERY_MS)])
    }
    return delivered !== SENTINEL
  } finally {
    stop.abort()
    await frames.return()
    await repository.cleanupStream(topic)
  }
}

async function firstEntry(frames: AsyncIterator<{ readonly type: string; readonly data?: unknown }>): Promise<unknown> {
  for (let next = await frames.next(); !next.done; next = await frames.next()) {
    if (next.value.type === 'entry') return next.value.data
    if (next.value.type === 'error') throw new Error('the consumer could not read')
  }
  throw new Error('the consumer ended')
}
