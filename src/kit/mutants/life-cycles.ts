/** Sessions that end too early, too late, or not at all, and that come back to the wrong place (§5 of the rules). */
import { readOnce, snapshotCursor } from '../../consumers/loops.js'
import { sseTaskEvents } from '../../consumers/sse.js'
import { isAfter, isStreamId, ORIGIN } from '../../contract/stream-id.js'
import { changing, readAll, scan, tailing } from './decorate.js'
import { jumpAfter, loop, tailOf, type Turn } from './loop.js'
import { type Mutant, mutant } from './mutant.js'
import type { ConsumeContext } from '../../subject/subject.js'

const living = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'life-cycle', ...values })

const endsOnStatus = { endsOnStatus: true } as const

const isDone = async ({ context, trail }: Turn): Promise<boolean> => trail.endsWith('e') && (await context.status()) === 'done'

export const lifeCycleMutants = [
  living({
    name: 'ends-on-status',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'it ends as soon as the status says done',
    capabilities: endsOnStatus,
    consume: loop({ between: async (turn) => ((await isDone(turn)) ? 'end' : undefined) }),
  }),
  living({
    name: 'tail-before-status',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'it drains to the tail that it saw before the status said done',
    capabilities: endsOnStatus,
    consume: loop({
      read: async function* (turn) {
        turn.kept = await tailOf(turn.context)
        return yield* readOnce(turn.context, turn.cursor)
      },
      between: async (turn) => ((await isDone(turn)) && !isBehind(turn) ? 'end' : undefined),
    }),
  }),
  living({
    name: 'drains-one-page',
    breaks: '5.2',
    trips: 'premature-end',
    summary: 'after the status it reads one more page, and ends',
    capabilities: endsOnStatus,
    consume: loop({
      read: ({ context, cursor, kept }) =>
        readOnce(kept === undefined ? context : { ...context, read: { timeoutMs: 0, count: 1 } }, cursor),
      between: async (turn) => {
        if (turn.kept !== undefined) return 'end'
        if (await isDone(turn)) turn.kept = 'the last page'
        return undefined
      },
    }),
  }),
  living({
    name: 'first-page-only',
    breaks: '5.2',
    trips: 'unseen',
    summary: 'of a backlog it reads the first page, and jumps to what is live',
    consume: loop({ between: jumpAfter(/^f$/) }),
  }),
  living({
    name: 'ends-when-empty',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'an empty read is taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('e') ? 'end' : undefined) }),
  }),
  living({
    name: 'ends-after-short-batch',
    breaks: '5.2',
    trips: 'premature-end',
    summary: 'a batch that is not full is taken for the last one',
    consume: loop({ between: ({ trail }) => (trail.endsWith('p') ? 'end' : undefined) }),
  }),
  living({
    name: 'ends-when-idle',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'two empty reads in a row are taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('ee') ? 'end' : undefined) }),
  }),
  living({
    name: 'ignores-abort',
    breaks: '5.3',
    trips: 'stalled',
    summary: 'the signal is not passed to the read: an abort waits for its end',
    consume: ({ signal, ...context }) => untilAborted(signal, snapshotCursor({ ...context, signal: new AbortController().signal })),
  }),
  living({
    name: 'zombie-poll',
    breaks: '5.4',
    trips: 'read-after-close',
    summary: 'it goes on polling after it has ended',
    capabilities: endsOnStatus,
    consume: async function* (context) {
      try {
        yield* sseTaskEvents()(context)
      } finally {
        void keepPolling(context).catch(() => undefined)
      }
    },
  }),
  living({
    name: 'tail-on-reconnect',
    breaks: '5.5',
    trips: 'unseen',
    summary: 'a session that comes back starts at the tail',
    capability: 'resumes',
    consume: loop({ start: tailOf }),
  }),
  living({
    name: 'all-again-on-reconnect',
    breaks: '5.5',
    trips: 'replayed-history',
    summary: 'a session that comes back starts at the beginning, whatever its client already has',
    capability: 'resumes',
    consume: loop({ start: (context) => (context.from === undefined ? tailOf(context) : ORIGIN) }),
  }),
]

const isBehind = ({ kept, cursor }: Turn): boolean => isStreamId(kept) && isStreamId(cursor.id) && isAfter(kept, cursor.id)

async function* untilAborted<T>(signal: AbortSignal, frames: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const frame of frames) {
    if (signal.aborted) return
    yield frame
  }
}

/** A few polls that do not wait, so that nothing is left behind when the run is over. */
async function keepPolling({ repository, topic, read }: ConsumeContext): Promise<void> {
  for (let polls = 0; polls < 5; polls++) {
    // The session closes in a few turns of the microtask queue.
    for (let turns = 0; turns < 20; turns++) await Promise.resolve()
    await readAll(repository, topic, ORIGIN, { timeoutMs: 0, count: read.count })
  }
}

// ── Entries that go away (§6 of the rules), and those who take them away too soon.

export const retentionMutants = [
  mutant({
    name: 'keeps-newest-three',
    family: 'retention',
    breaks: '3.4',
    trips: 'int-poll-skip',
    summary: 'a reader that is behind sees the newest three entries only',
    repository: (correct) =>
      changing(correct, async (batch, _, topic) => {
        const kept = new Set((await scan(correct, topic)).slice(-3).map(({ id }) => id))
        return batch.length > 0 && batch.every(({ id }) => !kept.has(id)) ? batch : batch.filter(({ id }) => kept.has(id))
      }),
  }),
  mutant({
    name: 'cleans-up-when-empty',
    family: 'retention',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'a topic that was found empty is removed, and with it what was appended meanwhile',
    consume: loop({ between: ({ trail, context }) => (trail.endsWith('e') ? context.repository.cleanupStream(context.topic) : undefined) }),
  }),
  mutant({
    name: 'cleans-up-when-done',
    family: 'retention',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'the topic is removed as soon as the status says done',
    capabilities: { endsOnStatus: true },
    consume: loop({
      between: async ({ context }) => {
        if ((await context.status()) !== 'done') return undefined
        await context.repository.cleanupStream(context.topic)
        return 'end'
      },
    }),
  }),
  mutant({
    name: 'takes-gone-for-end',
    family: 'retention',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'a topic that is gone after an empty read is taken for the end of the session',
    consume: loop({
      between: async ({ trail, context }) => (/[pf].*e$/.test(trail) && (await tailOf(context)) === ORIGIN ? 'end' : undefined),
    }),
  }),
  mutant({
    name: 'silent-truncation',
    family: 'retention',
    breaks: '6.1',
    trips: 'truncated-skip',
    capability: 'signalsTruncation',
    summary: 'it says that it signals trimmed entries, and skips them in silence',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'waits-above-old-ids',
    family: 'retention',
    breaks: '6.2',
    trips: 'entry-skip',
    capability: 'signalsRecreation',
    summary: 'it says that it signals a topic made anew, and waits above ids that will not come again',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'tail-goes-back',
    family: 'retention',
    breaks: '2.5',
    trips: 'stale-tail',
    capability: 'tailSurvivesTrim',
    summary: 'it says that its tail survives, and answers with the last entry left',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic)).at(-1)?.id ?? ORIGIN),
  }),
]
