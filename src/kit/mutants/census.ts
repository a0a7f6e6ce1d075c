/**
 * What `XREAD` does not say, and `XINFO STREAM` does: how many entries a topic has ever had, and the last id that it ever
 * gave. With it a consumer can notice what has gone away.
 */
import { ORIGIN, isAfter, parseStreamId } from '../../contract/stream-id.js'
import type { StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import type { OpenContext, DialectName } from '../../subject/subject.js'

/** A topic at one moment. */
export interface Census {
  /** How many entries it ever had, those included that are gone. */
  readonly added: number
  /** The last id that it ever gave. */
  readonly last: string
  /** The entries from a cursor on, the one at the cursor included where it is still there. */
  readonly from: readonly string[]
}

export interface CountedRepository extends StreamRepository {
  readonly census: (topic: string, cursor: string) => Promise<Census>
}

type WithCensus = (context: OpenContext, correct: StreamRepository) => Promise<CountedRepository>

export const withCensus = (store: DialectName, context: OpenContext, correct: StreamRepository): Promise<CountedRepository> =>
  CENSUS[store](context, correct)

const withModelCensus: WithCensus = async ({ memory }, correct) =>
  withMembers(correct, {
    census: async (topic: string, cursor: string) => ({
      added: memory.entriesAdded(topic),
      last: memory.lastGenerated(topic),
      from: memory.all(topic).flatMap(({ id }) => (isAfter(parseStreamId(cursor), id) ? [] : [id])),
    }),
  })

/** Needs Redis 7: older servers do not count what was added. */
const withRedisCensus: WithCensus = async ({ url }, correct) => {
  const { Connections } = await import('../../adapters/ioredis-connections.js')
  const connections = new Connections(url)
  let connection = connections.open()
  return withMembers(correct, {
    census: async (topic: string, cursor: string) => {
      if (!connection.usable && !connection.connecting) connection = connections.open()
      await connection.ready()
      // One transaction: the count and the list are of the same moment.
      const [info, range] = (await connection.client.multi().call('xinfo', 'stream', topic).xrange(topic, cursor, '+').exec()) ?? []
      // Of a topic that is not there it knows nothing, and says so with an error.
      const fields = fieldsOf(info?.[1])
      return {
        added: Number(fields.get('entries-added') ?? 0),
        last: fields.get('last-generated-id')?.toString() ?? ORIGIN,
        from: ((range?.[1] ?? []) as readonly (readonly [id: string])[]).map(([id]) => id),
      }
    },
    close: async () => {
      await connections.close()
      await correct.close?.()
    },
  })
}

/** Name, value, name, value … */
function fieldsOf(reply: unknown): ReadonlyMap<string, string | number> {
  const flat = Array.isArray(reply) ? (reply as readonly (string | number)[]) : []
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]!] as const] : [])))
}

const CENSUS: Readonly<Record<DialectName, WithCensus>> = { memory: withModelCensus, redis: withRedisCensus }
