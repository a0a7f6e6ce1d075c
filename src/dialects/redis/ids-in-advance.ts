/**
 * Ids for entries that one transaction adds and deletes again. A server tells an id when the transaction is over, and XDEL
 * has to name it before. So the adds up to there get theirs from us, by the server's own rule: the milliseconds of its clock, or, where
 * the last id is ahead of that, one more than the last id.
 */
import { ORIGIN, type StreamId, compareIds, parseStreamId } from '../../contract/stream-id.js'
import type { RawCommand } from '../store.js'
import type { RedisClient } from './redis-client.js'

/** Whatever it deletes, it deletes by its id. */
export type NamedCommand =
  | Exclude<RawCommand, { kind: 'delete' }>
  | { readonly kind: 'delete'; readonly topic: string; readonly id: StreamId }

/** Nobody else may add to these topics until they are executed. */
export async function namingAdded(client: RedisClient, commands: readonly RawCommand[]): Promise<readonly NamedCommand[]> {
  const deleted = commands.flatMap((command) => (command.kind === 'delete' && typeof command.id === 'object' ? [command.id.addedBy] : []))
  if (deleted.length === 0) return commands as readonly NamedCommand[]
  const lastDeleted = Math.max(...deleted)
  const now = await milliseconds(client)
  const last = new Map<string, StreamId>()
  const ids: (StreamId | undefined)[] = []
  for (const [at, command] of commands.entries()) {
    if (command.kind !== 'add' || at > lastDeleted) continue
    const { topic } = command
    const before = last.get(topic) ?? (await lastId(client, topic))
    const id = command.id ?? nextId(before, now)
    if (compareIds(id, before) > 0) last.set(topic, id)
    ids[at] = id
  }
  return commands.map((command, at): NamedCommand => {
    if (command.kind === 'add') return ids[at] === undefined ? command : { ...command, id: ids[at] }
    if (command.kind !== 'delete' || typeof command.id !== 'object') return command as NamedCommand
    return { ...command, id: ids[command.id.addedBy]! }
  })
}

function nextId(last: StreamId, now: bigint): StreamId {
  const [ms, seq] = last.split('-').map(BigInt) as [bigint, bigint]
  return parseStreamId(now > ms ? `${now}-0` : `${ms}-${seq + 1n}`)
}

async function milliseconds(client: RedisClient): Promise<bigint> {
  const [seconds, microseconds] = (await client.call('time')) as [string, string]
  return BigInt(seconds) * 1000n + BigInt(microseconds) / 1000n
}

/** The highest that the topic ever had; the origin where there is no topic. */
async function lastId(client: RedisClient, topic: string): Promise<StreamId> {
  const about = (await client.call('xinfo', 'STREAM', topic).catch(() => [])) as readonly unknown[]
  const at = about.indexOf('last-generated-id')
  return at === -1 ? ORIGIN : parseStreamId(String(about[at + 1]))
}
