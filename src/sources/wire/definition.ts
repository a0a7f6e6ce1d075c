/** A subject on the wire, as every other subject. */
import { parseRedisUrl } from '../../adapters/redis-url.js'
import type { FoundRedis } from '../../dialects/redis/find-redis.js'
import { redisStore } from '../../dialects/redis/redis-store.js'
import { StoreError } from '../../dialects/store-error.js'
import type { Subject, SubjectDefinition } from '../../subject/subject.js'
import type { Source } from '../source.js'
import { wireSource } from './transition.js'
import { type WireFrame, consumeOverWire } from './consume.js'
import { Hosts } from './host.js'
import { WireStore } from './wire-store.js'
import type { WireSubject } from '../../subject/wire-subject.js'

export interface Wired {
  readonly definition: SubjectDefinition
  readonly store: WireStore
  /** Opens it, for whoever runs schedules on it. */
  open(): Promise<{ source(): Source; close(): Promise<string | undefined> }>
}

export interface WireOptions {
  /** The probe models the wait of a BLOCK instead of looking at the server's clients. */
  readonly fast?: boolean
}

/** Puts the probe in front of a Redis. The store is closed with the Redis. @throws StoreError where there is no way to it. */
export async function wire(subject: WireSubject, found: FoundRedis, { fast = false }: WireOptions = {}): Promise<Wired> {
  const { tls } = parseRedisUrl(found.url)
  if (tls !== undefined) throw new StoreError('the wire probe cannot look into TLS', 'Name a Redis without it: redis://, not rediss://.')
  const base = await redisStore({ ...found, onClose: found.close }).catch(async (error: unknown) => {
    await found.close()
    throw error
  })
  const store = new WireStore({ subject, base, url: found.url, shared: found.shared, fast })
  const hosts = new Hosts(store)
  const program: Subject['consume'] = (context) => consumeOverWire(hosts, context)
  const definition = {
    name: subject.name,
    store: 'redis' as const,
    open: () => Promise.reject(new Error('the repository of a subject on the wire is the program itself')),
    consume: program,
    entryOf: (frame: unknown) => {
      const token = frame === 'announcement' ? undefined : (frame as Exclude<WireFrame, 'announcement'>).token
      const id = token === undefined ? undefined : store.idOf(token)
      return id === undefined ? undefined : { id }
    },
    isAnnouncement: (frame: unknown) => frame === 'announcement',
    startsAt: subject.startsAt ?? 'tail',
    delivery: subject.delivery ?? 'at-least-once',
    capabilities: { retries: subject.retries ?? false, resumes: false },
  } satisfies SubjectDefinition
  return {
    store,
    definition,
    open: async () => {
      const opened = await store.opened()
      return { source: () => wireSource(opened, definition), close: () => opened.close() }
    },
  }
}
