/**
 * What a member of a group was given and has not acknowledged is *pending*, and `>` gives it to nobody again. A member gets it back
 * by looking for it: by a claim of what has been idle for so long, or by a read of its own list. Here is how a program looks, and
 * how time is made to pass for what it looks for.
 *
 * An entry is made older by an XCLAIM for the consumer that has it, with JUSTID and its own count of deliveries, so it stays
 * where it is and XPENDING shows nothing but its age. XINFO CONSUMERS shows that its consumer was seen just now, as a read of its own
 * would.
 *
 * Source: the Redis commands XPENDING, XCLAIM, XAUTOCLAIM and XREADGROUP (https://redis.io/docs/latest/commands/).
 */
import { type StreamId, parseStreamId } from '../../../contract/stream-id.js'
import type { PendingEntry } from '../../wire-dialect.js'
import type { RespValue } from '../resp/reply.js'
import { type Command, type GivenEntry, entriesOf } from './classification.js'

/** A command that looks for what is pending. */
export interface LookBack {
  readonly key: string
  readonly group: string
  /** How long an entry has to be idle to be found; undefined where the program compares ages itself. */
  readonly idleMs: number | undefined
  /** It takes what it finds, and is answered with it. */
  readonly claims: boolean
}

const text = (argument: Buffer | undefined): string => argument?.toString() ?? ''

export function lookBackOf(command: Command): LookBack | undefined {
  switch (command.name) {
    case 'XAUTOCLAIM':
    case 'XCLAIM': {
      const { args } = command
      return { key: text(args[1]), group: text(args[2]), idleMs: Number(text(args[4])) || 0, claims: true }
    }
    case 'XPENDING': {
      const { args } = command
      // The summary tells of no entry.
      if (args.length < 6) return undefined
      const filtered = text(args[3]).toUpperCase() === 'IDLE'
      return { key: text(args[1]), group: text(args[2]), idleMs: filtered ? Number(text(args[4])) || 0 : undefined, claims: false }
    }
    default:
      return undefined
  }
}

/** `XREADGROUP … CLAIM 5000 …`: with what is new it gives what has been idle for so long. */
export function claimedByRead(command: Command): number | undefined {
  if (command.name !== 'XREADGROUP') return undefined
  const words = command.args.map((arg) => text(arg).toUpperCase())
  // The names of the group and the consumer stand before the options.
  const at = words.indexOf('CLAIM', 4)
  return at === -1 || at > words.indexOf('STREAMS', 4) ? undefined : Number(words[at + 1]) || 0
}

/** The entries that a claim was answered with; with JUSTID there are none. */
export function claimedIn({ name }: Command, key: string, reply: RespValue): readonly GivenEntry[] {
  if (reply.type !== 'array') return []
  return entriesOf(key, name === 'XAUTOCLAIM' ? (reply.items[1] ?? { type: 'null' }) : reply)
}

type Call = (name: string, ...args: readonly (string | number)[]) => Promise<unknown>

const PAGE = 500

/** All that is pending in a group; nothing where there is none. */
export async function pendingIn(call: Call, key: string, group: string): Promise<readonly PendingEntry[]> {
  const all: PendingEntry[] = []
  for (let from = '-'; ; from = `(${all.at(-1)!.id}`) {
    const page = (await call('xpending', key, group, from, '+', PAGE).catch(noneIfGone)) as [string, string, number, number][]
    for (const [id, consumer, idleMs, deliveries] of page) all.push({ id: parseStreamId(id), group, consumer, idleMs, deliveries })
    if (page.length < PAGE) return all
  }
}

function noneIfGone(error: unknown): readonly never[] {
  if (error instanceof Error && /NOGROUP|WRONGTYPE/.test(`${error.message} ${String(error.cause)}`)) return []
  throw error
}

/** Makes entries of the stream so old. One that is deleted must not be among them: a claim takes it off the list. */
export async function makeOld(call: Call, key: string, entries: readonly PendingEntry[], idleMs: number): Promise<void> {
  const alike = new Map<string, { readonly of: PendingEntry; readonly ids: StreamId[] }>()
  for (const each of entries) {
    const name = JSON.stringify([each.group, each.consumer, each.deliveries])
    const known = alike.get(name) ?? { of: each, ids: [] }
    alike.set(name, known)
    known.ids.push(each.id)
  }
  for (const { of, ids } of alike.values())
    await call('xclaim', key, of.group, of.consumer, 0, ...ids, 'IDLE', idleMs, 'RETRYCOUNT', of.deliveries, 'JUSTID')
}
