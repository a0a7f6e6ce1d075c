/**
 * Correct implementations that differ in style. A kit that accuses one of them asks for a style, not for the contract.
 */
import { ORIGIN } from '../../contract/stream-id.js'
import type { StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { entryOf, isAnnouncement, snapshotCursor } from '../../consumers/loops.js'
import { sseTaskEvents } from '../../consumers/sse.js'
import type { DialectName, SubjectDefinition } from '../../subject/subject.js'
import { type CountedRepository, withCensus } from '../mutants/census.js'
import {
  batchingSse,
  batchWise,
  coalescing,
  countsWhatIsGone,
  keepingAlive,
  longLivedIterator,
  noticesNewTopic,
  oneAtATime,
  ownTimers,
  polling,
  prefetching,
  resubscribing,
  runningAhead,
  watchful,
  watchfulFrames,
} from './correct-loops.js'
import { changing, readAll, reading, tailing } from '../mutants/decorate.js'
import { openCorrect } from '../mutants/open.js'

export interface CorrectImplementation {
  /** kebab-case, unique. */
  readonly name: string
  readonly summary: string
  subject(store: DialectName): SubjectDefinition
}

interface Parts extends Omit<SubjectDefinition, 'name' | 'store' | 'open'> {
  readonly repository?: (correct: StreamRepository) => StreamRepository
  /** The same, of one that knows what its topics ever had. */
  readonly counted?: (counted: CountedRepository) => StreamRepository
}

function correct(name: string, summary: string, { repository, counted, ...rest }: Parts): CorrectImplementation {
  return {
    name,
    summary,
    subject: (store) => ({
      name: `correct/${name}`,
      store,
      open: async (context) => {
        const opened = await openCorrect(store, context)
        if (counted !== undefined) return counted(await withCensus(store, context, opened))
        return repository?.(opened) ?? opened
      },
      ...rest,
    }),
  }
}

/** The loops hand out the frames of the reference ones. */
const framed = { entryOf, isAnnouncement, capabilities: { resumes: true } } as Pick<
  SubjectDefinition,
  'entryOf' | 'isAnnouncement' | 'capabilities'
>

const watching = (...args: Parameters<typeof watchful>): Parts => ({
  counted: (repository) => repository,
  consume: watchful(...args),
  ...watchfulFrames,
})

/** The last id that the topic ever gave, whatever is left of it. */
const survivingTail = (repository: CountedRepository): StreamRepository =>
  tailing(repository, async (topic) => (await repository.census(topic, ORIGIN)).last)

/** Equal payloads are decoded once, and handed out as one frozen object. */
function interning(repository: StreamRepository): StreamRepository {
  const seen = new Map<string, unknown>()
  return changing(repository, (batch) =>
    batch.map(({ data, ...entry }) => {
      const key = JSON.stringify(data) ?? ''
      if (!seen.has(key)) seen.set(key, Object.freeze(data))
      return { ...entry, data: seen.get(key) }
    }),
  )
}

/** A read is made of pages of two, each fetched when it is asked for; only the first may wait. */
const paging = (repository: StreamRepository): StreamRepository =>
  reading(repository, async function* (topic, lastId, options) {
    let left = options.count
    let after = lastId
    for (let timeoutMs = options.timeoutMs; left > 0; timeoutMs = 0) {
      const page: readonly StreamEntry[] = await readAll(repository, topic, after, { ...options, timeoutMs, count: Math.min(2, left) })
      yield* page
      if (page.length === 0) return
      left -= page.length
      after = page.at(-1)!.id
    }
  })

export const correctImplementations: readonly CorrectImplementation[] = [
  correct('reference-loops', 'a repository under the loops that the kit brings', {}),
  correct('snapshot-cursor', 'one concrete cursor, taken before the announcement', { consume: snapshotCursor, ...framed }),
  correct('sse-task-events', 'ends on a status or a terminal entry, after it has drained to the tail seen then', {
    consume: sseTaskEvents(),
    ...framed,
    capabilities: { resumes: true, endsOnStatus: true },
  }),
  correct('long-lived-iterator', 'one iterator of entries for the whole session', {
    consume: longLivedIterator,
    capabilities: { resumes: true },
  }),
  correct('one-at-a-time', 'reads with count 1', { consume: oneAtATime, ...framed }),
  correct('prefetching', 'the next read is under way while entries are handed over', { consume: prefetching, ...framed }),
  correct('re-subscribing', 'a new cursor object in each cycle', { consume: resubscribing, ...framed }),
  correct('batching-sse', 'takes a batch whole, and hands it out as many frames', { consume: batchingSse, ...framed }),
  correct('polling', 'never waits in the store', { consume: polling, ...framed }),
  correct('batch-wise', 'moves by whole batches: at least once', { consume: batchWise, ...framed, delivery: 'at-least-once' }),
  correct('own-timers', 'pauses with timers of its own', { consume: ownTimers, ...framed, timers: 'system' }),
  correct('running-ahead', 'reads on into a bounded buffer while its client is slow', { consume: runningAhead, ...framed }),
  correct('keeping-alive', 'pings its client on a timer while its read waits', { consume: keepingAlive, ...framed }),
  correct('truncation-signal', 'counts what was trimmed before it was read, and says so', {
    ...watching(countsWhatIsGone),
    capabilities: { resumes: true, signalsTruncation: true },
  }),
  correct('new-topic-signal', 'notices a topic made anew, says so, and starts over', {
    ...watching(noticesNewTopic),
    capabilities: { resumes: true, signalsRecreation: true },
  }),
  correct('surviving-tail', 'its tail does not go back when entries go away', {
    counted: survivingTail,
    capabilities: { tailSurvivesTrim: true },
  }),
  correct('coalescing', 'consumers that wait for the same share one read', { repository: coalescing }),
  correct('caching-codec', 'equal payloads are one object', { repository: interning }),
  correct('lazy-pages', 'a read is made of pages, fetched one by one', { repository: paging }),
]
