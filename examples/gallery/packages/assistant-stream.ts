/**
 * assistant-stream's resumable streams: a producer appends the chunks of an answer, and whoever resumes the stream is given
 * all of them from the first. Delivered is what the reader of `resume` has received.
 */
import { createResumableStreamContext } from 'assistant-stream/resumable'
import { createIoredisResumableStreamStore } from 'assistant-stream/resumable/ioredis'
import { Redis } from 'ioredis'
import { type Exhibit, afterBatch, emptyGap, keeps, replyLost } from '../exhibit.js'
import { type PublishContext, type WireContext, defineWire } from '../tailrace.js'

type Resumable = ReturnType<typeof createIoredisResumableStreamStore>
type Lease = NonNullable<Parameters<Resumable['append']>[2]>

const KEY = 'aui:resumable:{*}:data:*'
const streamIdOf = (topic: string): string => /\{(.*)\}/.exec(topic)![1]!

/** Of the producer of each stream. */
const leases = new Map<string, Lease>()

async function acquire(store: Resumable, streamId: string): Promise<void> {
  const acquired = await store.acquireLease!(streamId)
  if (acquired.role !== 'producer') throw new Error(`${streamId} has a producer already`)
  leases.set(streamId, acquired.lease)
}

async function start({ host, port, topic, onDelivery }: WireContext) {
  const client = new Redis({ host, port })
  client.on('error', () => {})
  const store = createIoredisResumableStreamStore(client)
  const streamId = streamIdOf(topic)
  await acquire(store, streamId)
  const stream = await createResumableStreamContext({ store }).requireResume(streamId)
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  return {
    ended: follow(reader, onDelivery).catch((error: Error) => error.message),
    stop: async () => {
      await reader.cancel()
      client.disconnect()
    },
  }
}

async function follow(reader: ReadableStreamDefaultReader<string>, onDelivery: (text: string) => void): Promise<undefined> {
  for (let next = await reader.read(); !next.done; next = await reader.read()) onDelivery(next.value)
}

async function publish({ url, topic, token }: PublishContext): Promise<void> {
  const client = new Redis(url)
  const streamId = streamIdOf(topic)
  await createIoredisResumableStreamStore(client).append(streamId, new TextEncoder().encode(`${token}\n`), leases.get(streamId))
  client.disconnect()
}

export const assistantStream: readonly Exhibit[] = [
  {
    package: 'assistant-stream',
    what: 'resumable streams on ioredis',
    subject: defineWire({ name: 'assistant-stream', topic: KEY, startsAt: 'beginning', start, publish }),
    trials: [emptyGap, afterBatch, replyLost].map(keeps),
  },
]
