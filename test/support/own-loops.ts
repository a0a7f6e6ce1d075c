/** Consumers of a team's own, for tests of what they owe: a plain loop, and where it may do otherwise. On either store. */
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { ConsumeContext, DialectName, SubjectDefinition } from '../../src/subject/subject.js'

/** What it hands to its client. `id`: as the field of a server-sent event. */
export interface OwnFrame {
  readonly type: string
  readonly id?: string | undefined
  readonly data?: unknown
}

type Frames = AsyncGenerator<OwnFrame, void, undefined>

export type OwnSubject = SubjectDefinition<OwnFrame>

export const own =
  (name: string, overrides: Partial<OwnSubject> & Pick<OwnSubject, 'consume'>) =>
  (store: DialectName): OwnSubject => ({
    name,
    store,
    open: ({ memory, url }) =>
      store === 'memory' ? new InMemoryStreamRepository({ stream: memory, clock: null }) : new RedisStreamRepository(url),
    isAnnouncement: ({ type }) => type === 'connected',
    entryOf: ({ type, id, data }) => (type === 'entry' ? { ...(id === undefined ? {} : { id }), data } : undefined),
    ...overrides,
  })

export interface Hooks {
  /** What goes with `connected`. */
  readonly announcement?: (at: string) => Partial<OwnFrame>
  /** What becomes of an entry. Default: it is handed out. */
  readonly entry?: (entry: { readonly id: string; readonly data: unknown }, context: ConsumeContext) => Iterable<OwnFrame>
  /** Before each read: a cursor to go on from, or `end`. */
  readonly before?: (context: ConsumeContext, at: string) => Promise<string | undefined> | string | undefined
  /** After an empty read. */
  readonly quiet?: (context: ConsumeContext, at: string) => AsyncIterable<OwnFrame> | Iterable<OwnFrame>
  /** Where it starts. Default: above `from`, else at the tail. */
  readonly start?: (context: ConsumeContext) => string | undefined
}

/** A loop that is right where no hook says otherwise. */
export const loopWith = ({ announcement, entry, before, quiet, start = ({ from }) => from }: Hooks = {}) =>
  async function* (context: ConsumeContext): Frames {
    const { repository, topic, clock, signal, read } = context
    let at = start(context)
    let connected = false
    while (!signal.aborted) {
      let entries = 0
      try {
        at ??= await repository.getStreamTailId(topic)
        if (!connected) {
          connected = true
          yield { type: 'connected', ...announcement?.(at) }
        }
        const next = await before?.(context, at)
        if (next === 'end') return
        at = next ?? at
        for await (const { id, data } of repository.readMessages(topic, at, { ...read, signal })) {
          entries++
          if (entry === undefined) yield { type: 'entry', id, data }
          else yield* entry({ id, data }, context)
          at = id
        }
        if (entries === 0 && quiet !== undefined) yield* quiet(context, at)
      } catch {
        await clock.sleep(50, signal)
      }
      if (entries === 0) await clock.sleep(100, signal)
    }
  }
