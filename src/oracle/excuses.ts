/**
 * What a consumer that declares to deliver at most once does not owe: an entry that was offered to it once, and lost on the way by no doing
 * of its own. An entry that no read took is owed like any other, and so is one that was dropped while nothing failed.
 */
import { NEW_IN_GROUP } from '../history/event.js'
import type { Committed, Owed, Read } from './analysis.js'

export const EXCUSES = ['unheard', 'replyLost', 'brokenOff'] as const

/**
 * How it was lost: a channel told of it while nobody listened; its group gave it out in a reply that never arrived; or the consumer was
 * given it, and its connection or a command of its own failed before it had handed it out.
 */
export type Excuse = (typeof EXCUSES)[number]

/** What is seen of a session, as places in the history. */
interface Seen {
  /** When it began to acknowledge or to remove something: whatever that was is not given to it again. */
  readonly settles: readonly number[]
  /** When its connection, a read or a command of its own failed. */
  readonly failures: readonly number[]
  /** The values that commands of its own were answered with, as a claim is. */
  readonly claimed: ReadonlySet<string>
  readonly end: number
}

/**
 * Why this entry, which was not delivered, is not owed all the same; undefined where it is.
 * @param reads of this session.
 */
export function excuseOf(entry: Owed, { claimed, settles, failures, end }: Seen, reads: readonly Read[]): Excuse | undefined {
  const { value, message } = entry
  if (claimed.has(value)) return undefined
  const isIt = (each: { readonly value?: string }) => each.value === value
  const brought = reads.findLast(({ entries }) => entries.some(isIt))
  if (brought !== undefined) {
    const { at: given } = brought.entries.findLast(isIt)!
    const next = reads.find(({ called }) => called > given)?.called ?? end
    const isMeanwhile = (at: number) => at > given && at < next
    const isGivenOnce = brought.cursor === NEW_IN_GROUP || settles.some(isMeanwhile)
    return isGivenOnce && failures.some(isMeanwhile) ? 'brokenOff' : undefined
  }
  if (message !== undefined && message !== 'told') return 'unheard'
  return reads.some((read) => tookInGroup(read, entry)) ? 'replyLost' : undefined
}

/** Its answer held the entry, and was lost on its way: the group takes that for delivered, and passes it by from then on. */
export const tookInGroup = ({ cursor, gave }: Read, { value }: Committed): boolean =>
  cursor === NEW_IN_GROUP && gave?.includes(value) === true
