/**
 * A listener that does what the one under "Streams" in ioredis's README does: it waits without a time-out for what comes
 * after `$`, and from then on after the last entry that it has seen.
 */
import { Redis } from 'ioredis'
import { type Exhibit, cutWhileBlocked, keeps, loses, warm } from '../exhibit.js'
import { type WireContext, type WireSubject, defineWire } from '../tailrace.js'

async function listen(client: Redis, stream: string, onEntry: (fields: readonly string[]) => void): Promise<never> {
  for (let cursor = '$'; ; ) {
    const reply = await client.xread('BLOCK', 0, 'STREAMS', stream, cursor)
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      onEntry(fields)
      cursor = id
    }
  }
}

const listener = (name: string): WireSubject =>
  defineWire({
    name,
    topic: '*',
    start: ({ host, port, topic, onDelivery }: WireContext) => {
      const client = new Redis({ host, port })
      client.on('error', () => {})
      const ended = listen(client, topic, (fields) => onDelivery(fields.join(' '))).catch((error: Error) => error.message)
      return { ended, stop: () => client.disconnect() }
    },
  })

export const ioredis: readonly Exhibit[] = [
  { package: 'ioredis', what: 'a listener as in its README', subject: listener('ioredis loop'), trials: [loses(cutWhileBlocked)] },
  {
    package: 'ioredis',
    what: 'the same, after an entry',
    subject: listener('ioredis loop, after an entry'),
    trials: [keeps(warm(cutWhileBlocked))],
  },
]
