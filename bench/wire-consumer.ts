/**
 * A program of its own, in JavaScript: it reads with ioredis through the probe, after `$` or after one tail taken at the
 * start. Its BLOCK is two seconds at either timing: tailrace ends it at once, and one of 20 ms could run out on a busy
 * machine before it is seen to wait, which is another history.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type WireSubject, defineWire } from '../src/subject/wire-subject.js'
import type { Timing } from './results.js'
import { TIMINGS } from './detection/trial.js'

type Reply = readonly (readonly [key: string, entries: readonly (readonly [id: string, fields: readonly string[]])[]])[] | null

/** @param onReady it has its cursor, and misses nothing from here on. */
export const wireConsumer = (loop: 'literal-dollar' | 'snapshot-cursor', timing: Timing, onReady: () => void = () => {}): WireSubject =>
  defineWire({
    name: `ioredis/${loop}`,
    topic: 'bench:*',
    start: ({ host, port, topic, onDelivery }) => {
      const client = new Redis({ host, port, disableClientInfo: true, enableReadyCheck: false, retryStrategy: () => null })
      client.on('error', () => undefined)
      const { blockMs } = TIMINGS.original
      const { pauseMs } = TIMINGS[timing]
      const follow = async () => {
        const [last] = loop === 'literal-dollar' ? [] : await client.xrevrange(topic, '+', '-', 'COUNT', 1)
        let cursor = loop === 'literal-dollar' ? '$' : (last?.[0] ?? '0-0')
        onReady()
        for (;;) {
          const reply = (await client.xread('COUNT', 10, 'BLOCK', blockMs, 'STREAMS', topic, cursor)) as Reply
          for (const [id, fields] of reply?.[0]?.[1] ?? []) {
            onDelivery(fields.join(' '))
            cursor = id
          }
          if (reply === null && pauseMs > 0) await pause(pauseMs)
        }
      }
      // It ends when its connection is taken away.
      void follow().catch(() => undefined)
      return { stop: () => client.disconnect() }
    },
  })
