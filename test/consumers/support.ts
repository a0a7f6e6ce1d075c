/** A session over the in-memory model, pulled by hand: virtual time, every read and pause on record, places to step in. */
import { type Clock, virtualClock } from '../../src/clock/clock.js'
import type { Frame } from '../../src/consumers/loops.js'
import type { ReadOptions } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { MemoryStream, type MemoryWaiter } from '../../src/model/memory-stream.js'
import { Passing } from '../../src/testing/instrument.js'
import { Faults } from '../../src/sources/faults.js'
import { wrap } from '../../src/sources/repository/source.js'
import { withMembers } from '../../src/contract/with-members.js'
import type { ConsumeContext } from '../../src/subject/subject.js'

export const TOPIC = 'topic'

export interface Rig {
  readonly context: ConsumeContext
  readonly stream: MemoryStream
  readonly faults: Faults
  readonly clock: Clock
  /** The cursor of each read, in order. */
  readonly cursors: string[]
  /** The consumer's own pauses, in milliseconds. */
  readonly pauses: number[]
  /** Set it to step in: while the n-th read (from 1) waits, after it came back empty, in the n-th pause, after the n-th tail. */
  readonly on: {
    blocked?: (read: number, waiter: MemoryWaiter) => void
    empty?: (read: number) => void
    paused?: (pause: number) => void
    tail?: (tail: number) => void
  }
  readonly append: (...values: unknown[]) => void
  readonly abort: () => void
  /** From now on the status is done. */
  readonly finish: () => void
}

export function rig(options: Partial<Pick<ConsumeContext, 'from' | 'read' | 'status'>> = {}): Rig {
  const stream = new MemoryStream()
  const clock = virtualClock()
  const faults = new Faults()
  const controller = new AbortController()
  const on: Rig['on'] = {}
  const cursors: string[] = []
  const pauses: number[] = []
  let done = false
  let tails = 0

  const model = new InMemoryStreamRepository({ stream, clock })
  const real = wrap({ repository: model, within: (call) => call(), settle: (answer) => answer }, new Passing(), faults)
  stream.onWait = (waiter) => on.blocked?.(cursors.length, waiter)
  const repository = withMembers(real, {
    async *readMessages(topic: string, cursor: string, read: ReadOptions) {
      const number = cursors.push(cursor)
      let empty = true
      for await (const entry of real.readMessages(topic, cursor, read)) {
        empty = false
        yield entry
      }
      if (empty) on.empty?.(number)
    },
    async getStreamTailId(topic: string) {
      const id = await real.getStreamTailId(topic)
      on.tail?.(++tails)
      return id
    },
  })
  return {
    stream,
    clock,
    faults,
    cursors,
    pauses,
    on,
    append: (...values) => {
      for (const value of values) stream.add(TOPIC, JSON.stringify(value))
    },
    abort: () => controller.abort(),
    finish: () => (done = true),
    context: {
      repository,
      topic: TOPIC,
      signal: controller.signal,
      clock: {
        now: () => clock.now(),
        sleep: (ms, signal) => {
          const pause = pauses.push(ms)
          on.paused?.(pause)
          return clock.sleep(ms, signal)
        },
      },
      read: { timeoutMs: 2000, count: 10 },
      status: async () => (done ? 'done' : 'running'),
      ...options,
    },
  }
}

/** Pulls until a frame satisfies `last` or the frames end; the frames pulled, that one included. */
export async function pull(frames: AsyncIterator<Frame>, last: (frame: Frame) => boolean = () => false): Promise<Frame[]> {
  const pulled: Frame[] = []
  for (;;) {
    const result = await frames.next()
    if (result.done) return pulled
    pulled.push(result.value)
    if (last(result.value)) return pulled
  }
}

export const isEntry =
  (data: unknown) =>
  (frame: Frame): boolean =>
    frame.type === 'entry' && frame.data === data

export const entries = (frames: readonly Frame[]): unknown[] => frames.flatMap((frame) => (frame.type === 'entry' ? [frame.data] : []))
export const types = (frames: readonly Frame[]): string[] => frames.map((frame) => frame.type)
