/** BullMQ's `QueueEvents`: it tells of what happens to the jobs of a queue, from the queue's stream of events. */
import { Queue, QueueEvents } from 'bullmq'
import { type Exhibit, cutWhileBlocked, emptyGap, keeps, loses, replyWithheld, warm } from '../exhibit.js'
import { type PublishContext, type WireSubject, defineWire } from '../tailrace.js'

/**
 * Its watchdog gives a read up 1000 ms after this. Every positive number is accepted; with one that is much smaller the
 * server would end the wait before the entry is appended, and it would be another race.
 */
const BLOCKING_TIMEOUT_MS = 500

/** `bull:name:events` */
const queueOf = (topic: string): string => topic.split(':')[1]!

async function publish({ url, topic, token }: PublishContext): Promise<void> {
  const queue = new Queue(queueOf(topic), { connection: { url } })
  await queue.add('job', {}, { jobId: token })
  await queue.close()
}

const queueEvents = (name: string, options: { readonly lastEventId?: string } = {}): WireSubject =>
  defineWire({
    name,
    topic: 'bull:*:events',
    startsAt: options.lastEventId === undefined ? 'tail' : 'beginning',
    start: ({ host, port, topic, onDelivery }) => {
      const events = new QueueEvents(queueOf(topic), { connection: { host, port }, blockingTimeout: BLOCKING_TIMEOUT_MS, ...options })
      // A cut connection is reported here, and is what the schedule asked for.
      events.on('error', () => {})
      events.on('waiting', ({ jobId }) => onDelivery(jobId))
      events.on('added', ({ jobId }) => onDelivery(jobId))
      return { stop: () => events.close() }
    },
    publish,
  })

const trials = [emptyGap, cutWhileBlocked, replyWithheld]

export const bullmq: readonly Exhibit[] = [
  { package: 'bullmq', what: 'QueueEvents', subject: queueEvents('bullmq QueueEvents'), trials: trials.map(loses) },
  {
    package: 'bullmq',
    what: 'QueueEvents, after an event',
    subject: queueEvents('bullmq QueueEvents, after an event'),
    trials: trials.map(warm).map(keeps),
  },
  {
    package: 'bullmq',
    what: 'QueueEvents, lastEventId 0-0',
    subject: queueEvents('bullmq QueueEvents, lastEventId', { lastEventId: '0-0' }),
    trials: trials.map(keeps),
  },
]
