/** A subject on the wire, as every other subject. */
import type { FoundRedis } from '../../dialects/redis/find-redis.js'
import { redisWire } from '../../dialects/redis/wire/wire-store.js'
import type { ProbedStore, WireDialect } from '../../dialects/wire-dialect.js'
import type { SubjectDefinition } from '../../subject/subject.js'
import type { WireSubject } from '../../subject/wire-subject.js'
import type { Source } from '../source.js'
import { Publisher, Sentinels } from './sentinels.js'
import { type OpenWire, WireSource } from './wire-source.js'

/** A subject with the probe in front of its server. */
export interface ProbedSubject {
  readonly subject: WireSubject
  readonly definition: SubjectDefinition
  /** Is closed with the server. */
  readonly store: ProbedStore
  /** Opens it, for whoever runs schedules on it. */
  open(): Promise<{ source(): Source; close(): Promise<string | undefined> }>
}

export interface WireOptions {
  /** The probe models the wait of a BLOCK instead of looking at the server's clients. */
  readonly fast?: boolean
}

/** Puts the probe in front of a Redis. The store is closed with the Redis. @throws StoreError where there is no way to it. */
export const wire = (subject: WireSubject, found: FoundRedis, options: WireOptions = {}): Promise<ProbedSubject> =>
  wireThrough(redisWire, subject, found, options)

async function wireThrough<Server extends { readonly url: string }>(
  dialect: WireDialect<Server>,
  subject: WireSubject,
  server: Server,
  { fast = false }: WireOptions,
): Promise<ProbedSubject> {
  const sentinels = new Sentinels()
  const store = await dialect.open(server, {
    topic: subject.topic,
    fast,
    onExecuted: (commands, ids) => sentinels.added(commands, ids),
  })
  const opened: OpenWire = {
    subject,
    store,
    sentinels,
    publisher: new Publisher(subject, store, server.url),
    habits: { announcesAfterTail: false, announcesFirst: false, showsLater: false, asksBeside: false, asksOn: false, neverClaims: false },
  }
  return {
    subject,
    store,
    definition: definitionOf(subject),
    open: async () => ({ source: () => new WireSource(opened), close: async () => undefined }),
  }
}

/** What is asked of every subject. Its calls come from the source, and nobody calls these two. */
function definitionOf(subject: WireSubject): SubjectDefinition {
  const program: SubjectDefinition['consume'] = () => {
    throw new Error('the consumer of a subject on the wire is the program itself')
  }
  return {
    name: subject.name,
    store: 'redis',
    open: () => Promise.reject(new Error('the repository of a subject on the wire is the program itself')),
    consume: program,
    isAnnouncement: () => false,
    startsAt: subject.startsAt ?? 'tail',
    delivery: subject.delivery === 'at-most-once' ? 'exactly-once' : (subject.delivery ?? 'at-least-once'),
    capabilities: { retries: subject.retries ?? false, resumes: false },
  }
}
