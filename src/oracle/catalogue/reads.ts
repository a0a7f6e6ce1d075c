/** §3, the rules and the anomalies that speak of them: what single reads return, whatever the consumer makes of it. */
import { type Analysis, type Committed, type Read, type ReadEntry, isDue, passedAt } from '../analysis.js'
import type { RuleRecord } from '../rules.js'
import { type Finding, kind } from './kind.js'

// ── §3 Read: what one `readMessages` returns, whatever the consumer makes of it.

/** Entries that were due and are not among those returned: at the start, in the middle, at the end. */
const left = ['stale-read', 'int-poll-skip', 'short-read'] as const

export const readRules: readonly RuleRecord[] = [
  {
    id: '3.1',
    level: 'required',
    intent: 'The cursor is exclusive: what is returned lies above it.',
    violator: '>= instead of >',
    ifItFails: 'Ask for what lies above the cursor. Look for a range that includes where it starts.',
  },
  {
    id: '3.2',
    level: 'required',
    intent: 'No arithmetic on ids: the next id above 1-0 may be 1-1.',
    violator: 'asks beyond cursor + 1',
    also: ['stale-read', 'int-poll-skip', 'lost'],
    ifItFails: 'Look for code that adds to a part of an id, or rounds it to milliseconds. Hand the id back as it came.',
  },
  {
    id: '3.3',
    level: 'required',
    intent: 'Ids are ordered as numbers, part by part: 9-0 < 10-0 and 5-9 < 5-10.',
    violator: 'compares them as text',
    also: [...left, 'over-read', 'int-nonmonotonic-poll', 'lost', 'nonmonotonic-poll', 'duplicate-delivery', 'stale-tail'],
    ifItFails: 'Look for < on strings, localeCompare, ORDER BY on a text column, or both parts packed into one number.',
  },
  {
    id: '3.4',
    level: 'required',
    intent: 'A read returns a contiguous prefix of what lies above the cursor, in ascending order.',
    violator: 'drops the middle, reverses',
    ifItFails: 'Look for a filter behind the read, a range read backwards without turning it round, or a merge of several pages.',
  },
  {
    id: '3.5',
    level: 'required',
    intent: 'A read returns at most count entries, and a count of 1 works.',
    violator: 'ignores count, or is off by one',
    also: ['short-read', 'stale-read'],
    ifItFails: 'Pass count to the server, and look for a comparison that stops one entry early or late.',
  },
  {
    id: '3.6',
    level: 'required',
    intent: 'An entry that was acknowledged before the read is returned by it.',
    violator: 'reads from a replica that lags',
    also: ['short-read'],
    ifItFails: 'Read from the server that was written to. Look for a cache, or a snapshot that is older than the call.',
  },
  {
    id: '3.7',
    level: 'required',
    intent: 'An append while a read waits wakes it, or is in the next one.',
    violator: 'a wake-up is lost',
    also: ['stale-read'],
    ifItFails: 'Look for a listener that is put up after the check, or an answer that is dropped because the time was up.',
  },
  {
    id: '3.8',
    level: 'required',
    intent: 'A read comes back empty only when its time is up.',
    violator: 'is empty at once, so that the loop spins',
    ifItFails: 'Wait in the store instead of asking it once. Look for a time-out that is given in the wrong unit.',
  },
  {
    id: '3.9',
    level: 'required',
    intent: 'An error is thrown: it is neither an empty read nor a read that never returns.',
    violator: 'swallows the exception, or waits on a connection that is gone',
    also: ['early-empty', 'stalled'],
    ifItFails: 'Look for a catch that returns nothing, and for a promise that belongs to a connection which was replaced.',
  },
  {
    id: '3.10',
    level: 'required',
    intent: 'The same cursor gives the same prefix: reading has no hidden state.',
    violator: 'a destructive read',
    also: [...left, 'lost'],
    ifItFails:
      'Look for a queue that is emptied by reading, a position kept beside the cursor, or a consumer group in place of a plain read.',
  },
  {
    id: '3.11',
    level: 'required',
    intent: 'Topics do not see each other.',
    violator: 'one cursor for all, or a prefix that matches too much',
    // A position shared between topics skips entries instead of returning strange ones.
    also: ['stale-read', 'lost'],
    ifItFails: 'Look for a pattern where a name is meant (LIKE, startsWith), and for a position that is kept outside of the topic.',
  },
  {
    id: '3.12',
    level: 'required',
    intent: 'Leaving the iteration early frees what it held.',
    violator: 'leaks a connection, or leaves a read waiting',
    ifItFails: 'Free it in a finally block: an iteration that is left early calls return() on the iterator, and nothing else.',
  },
  {
    id: '3.13',
    level: 'required',
    intent: 'A read with a time-out of 0 does not wait.',
    violator: 'takes 0 for not given, or for no time-out at all',
    also: ['stalled'],
    ifItFails: 'Look for a default that stands in for 0 (timeoutMs || 5000), and for a store to which a time-out of 0 means for ever.',
  },
]

/** What is wrong with single reads, at most one thing with each. Arrays that stay empty took most of the time of these checks. */
function ofReads(reads: readonly Read[], find: (read: Read) => Finding | undefined): Finding[] {
  const found: Finding[] = []
  for (const read of reads) {
    const wrong = find(read)
    if (wrong !== undefined) found.push(wrong)
  }
  return found
}

/** The same for the entries that reads gave. */
function ofEntries(reads: readonly Read[], find: (entry: ReadEntry, read: Read) => Finding | undefined): Finding[] {
  const found: Finding[] = []
  for (const read of reads) {
    for (const entry of read.entries) {
      const wrong = find(entry, read)
      if (wrong !== undefined) found.push(wrong)
    }
  }
  return found
}

/** How many undecodable entries between the cursor and this one were not handed out? Adapters may log and skip those. */
const poisonBefore = ({ poisoned, ranks }: Analysis, { cursorRank, entries }: Read, before: number): number =>
  [...poisoned.keys()].filter((id) => {
    const rank = ranks.get(id)!
    return rank > cursorRank && rank < before && !entries.some((entry) => entry.id === id)
  }).length

type Item = Partial<Pick<ReadEntry, 'id' | 'value' | 'got' | 'undecodable'>>

const corruptRead = kind({
  code: 'corrupt-read',
  seen: 'the payload is not what was appended',
  rule: '1.5',
  hint: 'the payload must come back as it went in: look at what the codec does to types, unicode and special keys',
  /** The payload is not what was appended, or a good one is said not to decode. */
  check: ({ reads, sessions, committed, poisoned }) => {
    const good = (id: string) => (poisoned.has(id) ? undefined : committed.find((entry) => entry.id === id)?.value)
    const read = ofEntries(reads, (entry, { read, consumer }) => {
      const { id, undecodable } = entry
      const value = undecodable ? good(id) : entry.value
      const got = undecodable ? 'undecodable' : entry.got
      if (value === undefined || got === undefined) return undefined
      return { evidence: `read #${read} returned ${value} at ${id} as ${got}, which is not what was appended`, consumer, id, value }
    })
    if (read.length > 0) return read
    return sessions.flatMap(({ delivered, consumer }) =>
      delivered
        .filter(({ got, value }) => got !== undefined && value !== undefined)
        .map(({ got, value }) => ({
          evidence: `the consumer handed out ${value} as ${got}, which is not what was appended`,
          consumer,
          value: value!,
        })),
    )
  },
})

/**
 * It was added while the read waited, and removed before that came back: a store may end the wait for it, and have nothing to
 * give. Some answer with a stream that has no entries.
 */
const cameAndWent = ({ rank, called, removed }: Committed, { cursorRank, sent, returned }: Read): boolean =>
  called > sent && removed < returned && !(rank <= cursorRank)

const earlyEmpty = kind({
  code: 'early-empty',
  seen: 'a read came back empty before its time was up',
  rule: '3.8',
  hint: 'wait in the store until something comes or the time is up: an answer that is empty at once makes the loop spin',
  needs: 'reads',
  /** It came back empty before its time was up: a caller that asks again spins, and one that takes it for quiet is wrong. */
  check: ({ reads, log, committed }) =>
    reads
      .filter((read) => read.early && log.firstDue(read) === undefined && !committed.some((entry) => cameAndWent(entry, read)))
      .slice(0, 1)
      .map(({ read, timeoutMs, consumer, blocked }) => ({
        evidence: `read #${read} came back empty ${blocked ? 'from its wait' : 'at once'}, although nothing had ended its ${timeoutMs} ms`,
        consumer,
        ...(blocked ? { rule: '3.9' } : {}),
      })),
})

const unaskedWait = kind({
  code: 'unasked-wait',
  seen: 'a read with a time-out of 0 waited in the store',
  rule: '3.13',
  hint: 'where the time-out is 0, ask the store once and return what is there: 0 is neither a missing option nor for ever',
  needs: 'reads',
  /**
   * It waited in the store, and came back empty as soon as that wait was ended. Two in a row, ended after different times: of one alone
   * nobody can say whether the wait was its own, for a repository may keep one reader for all who read, and answer in a time of its own.
   */
  check: ({ reads }) => {
    const before = new Map<number, Read>()
    for (const read of reads) {
      const { consumer, timeoutMs, expired, late, outcome } = read
      const waited = timeoutMs <= 0 && expired && !late && outcome === 'empty'
      const other = before.get(consumer)
      if (waited && other !== undefined) {
        const evidence = `reads #${other.read} and #${read.read} were made with a time-out of ${timeoutMs} ms, and waited until the schedule ended their waits`
        return [{ evidence, consumer }]
      }
      if (waited) before.set(consumer, read)
      else before.delete(consumer)
    }
    return []
  },
})

const futureRead = kind({
  code: 'future-read',
  seen: 'an entry was returned before its append began',
  rule: '1.4',
  hint: 'an entry was there before its append: look for a cache, or two topics that share one',
  needs: 'reads',
  /** Returned before its append was invoked. */
  check: ({ reads, appendOf }) =>
    ofEntries(reads, ({ value, id, at }, { read, consumer }) => {
      const append = value === undefined ? undefined : appendOf.get(value)
      return append !== undefined && at < append.called
        ? { evidence: `read #${read} returned ${value} before it was appended`, consumer, id, value: append.value }
        : undefined
    }),
})

/** Those that the read did not give. Mostly it gave them all, in their order. */
function absentFrom({ entries }: Read, wanted: readonly Committed[]): readonly Committed[] {
  if (wanted.every(({ id }, i) => id === entries[i]?.id)) return []
  const ids = new Set(entries.map(({ id }) => id))
  return wanted.filter(({ id }) => !ids.has(id))
}

const incompatibleOrder = kind({
  code: 'incompatible-order',
  seen: 'a read passed an id whose append was still under way when it began',
  rule: '1.7',
  hint: 'an id must be visible before a higher one is: look for ids that are assigned first and committed later',
  needs: 'reads',
  /** It read up to m from c, and an id between them, absent from it, was acknowledged only after it had begun, in the same life of the topic. */
  check: ({ reads, log, removals }) =>
    reads.flatMap((read) => {
      const { cursor, highest: last } = read
      if (last === undefined) return []
      const absent = absentFrom(read, log.between(read, last.rank))
      if (absent.length === 0) return []
      const dropped = removals.find(({ at, how }) => at > read.returned && how === 'drop')?.at
      const late = absent.filter(
        ({ rank, called, returned, removed, notFor }) =>
          returned > read.sent &&
          notFor?.includes(read.consumer) !== true &&
          removed > passedAt(read, rank) &&
          (dropped === undefined || called < dropped),
      )
      return late.map(({ id, value }) => ({
        evidence: `read #${read.read} after ${cursor} reached ${last.id} without ${value} at ${id}, whose append was acknowledged only after the read had begun`,
        consumer: read.consumer,
        value,
        id,
      }))
    }),
})

const internalNonmonotonicPoll = kind({
  code: 'int-nonmonotonic-poll',
  seen: 'inside one batch, ids do not increase',
  rule: '3.4',
  hint: 'return entries in the order of their ids, compared as numbers',
  needs: 'reads',
  /** Ids that do not strictly increase inside one batch. */
  check: ({ reads }) =>
    ofReads(reads, ({ entries, read, consumer }) => {
      const at = entries.findIndex(({ rank }, i) => i > 0 && rank <= entries[i - 1]!.rank)
      if (at === -1) return undefined
      const { id } = entries[at]!
      return { evidence: `read #${read} returned ${id} after ${entries[at - 1]!.id}`, consumer, id }
    }),
})

const internalPollSkip = kind({
  code: 'int-poll-skip',
  seen: 'inside one batch, an entry that was due is missing below the highest one',
  rule: '3.4',
  hint: 'a batch has no holes: compare ids as numbers, part by part (9-0 is below 10-0)',
  needs: 'reads',
  /** Due at the call, below the highest id returned, and not among them. */
  check: ({ reads, log }) =>
    reads.flatMap((read) => {
      const { highest } = read
      if (highest === undefined) return []
      const absent = absentFrom(read, log.between(read, highest.rank))
      if (absent.length === 0) return []
      return absent
        .filter((entry) => isDue(read, entry))
        .map(({ id, value }) => ({
          evidence: `read #${read.read} after ${read.cursor} reached ${highest.id} and left out ${value} at ${id}`,
          consumer: read.consumer,
          value,
          id,
        }))
    }),
})

const overRead = kind({
  code: 'over-read',
  seen: 'a read returned an id at or below its cursor',
  rule: '3.1',
  hint: 'the cursor is exclusive: return what lies above it',
  needs: 'reads',
  /** An id at or below the cursor. */
  check: ({ reads }) =>
    ofReads(reads, ({ cursor, cursorRank, entries, read, consumer }) => {
      const over = entries.find(({ rank }) => rank <= cursorRank)
      if (over === undefined) return undefined
      return {
        evidence: `read #${read} after ${cursor} returned ${over.id}: the cursor is exclusive`,
        consumer,
        id: over.id,
        ...(over.value === undefined ? {} : { value: over.value }),
      }
    }),
})

const overfullRead = kind({
  code: 'overfull-read',
  seen: 'a read returned more than `count`',
  rule: '3.5',
  hint: 'pass count to the server, or stop after so many',
  needs: 'reads',
  /** More than `count`. */
  check: ({ reads }) =>
    reads
      .filter(({ entries, count }) => entries.length > count)
      .map(({ entries, count, read, consumer }) => ({
        evidence: `read #${read} returned ${entries.length} entries, with count ${count}`,
        consumer,
      })),
})

const shortRead = kind({
  code: 'short-read',
  seen: 'a read stopped below `count` although there was more',
  rule: '3.4',
  hint: 'return all that is there, up to count: look for a filter after the read, or a loop that stops early',
  needs: 'reads',
  /** It stopped below `count` although there was more. */
  check: (analysis) =>
    ofReads(analysis.reads, (read) => {
      const last = read.highest
      if (!read.complete || read.outcome !== 'batch' || last === undefined) return undefined
      const more = analysis.log.firstDue(read, last.rank)
      if (more === undefined || read.entries.length + poisonBefore(analysis, read, more.rank) >= read.count) return undefined
      return {
        evidence: `read #${read.read} returned ${read.entries.length} of at most ${read.count} entries and stopped at ${last.id}, although ${more.value} at ${more.id} was there`,
        consumer: read.consumer,
        value: more.value,
        id: more.id,
      }
    }),
})

const staleRead = kind({
  code: 'stale-read',
  seen: 'something was due when the read was sent, and it came back empty',
  rule: '3.6',
  hint: 'read from the server that was written to; an error, or an entry that does not decode, is not an empty answer',
  needs: 'reads',
  /** Something was due at the call, and the read came back empty. */
  check: (analysis) =>
    ofReads(analysis.reads, (read) => {
      const due = read.outcome === 'empty' ? analysis.log.firstDue(read) : undefined
      if (due === undefined) return undefined
      return {
        evidence: `read #${read.read} after ${read.cursor} came back empty although ${due.value} had been acknowledged at ${due.id} before it`,
        consumer: read.consumer,
        value: due.value,
        id: due.id,
        ...(poisonBefore(analysis, read, due.rank) > 0 ? { rule: '4.6' } : {}),
      }
    }),
})

const unexpected = kind({
  code: 'unexpected',
  seen: 'an entry came out that was never appended here',
  rule: '3.11',
  hint: 'look for a topic prefix that matches too much, or a codec that makes entries up',
  /** Something that was never appended. */
  check: ({ reads, sessions, poisoned, appendOf, committed }) => {
    /** A frame may tell no more than the id, and of an append of unknown outcome nobody was told it: the log has it, or a read had it. */
    const named = ({ id, value, got }: Item) =>
      value === undefined && got === undefined && (committed.some((entry) => entry.id === id) || wasRead(id))
    const wasRead = (id: string | undefined) =>
      reads.some(({ entries }) => entries.some((entry) => entry.id === id && appendOf.has(entry.value ?? '')))
    const strange = (entry: Item) =>
      !appendOf.has(entry.value ?? '') && !entry.undecodable && !poisoned.has(entry.id ?? '') && !named(entry)
    const what = ({ id, got, value }: Item) =>
      `${value ?? 'an entry'}${id === undefined ? '' : ` at ${id}`}${got === undefined ? '' : ` with ${got}`}`
    const read = ofEntries(reads, (entry, { read, consumer }) =>
      strange(entry)
        ? { evidence: `read #${read} returned ${what(entry)}, which was never appended here`, consumer, id: entry.id }
        : undefined,
    )
    if (read.length > 0) return read
    return sessions.flatMap(({ delivered, consumer }) =>
      delivered.filter(strange).map((entry) => ({
        evidence: `the consumer handed out ${what(entry)}, which was never appended here`,
        consumer,
        ...(entry.id === undefined ? {} : { id: entry.id }),
      })),
    )
  },
})

/** In the order of reports. */
export const readKinds = [
  corruptRead,
  earlyEmpty,
  unaskedWait,
  futureRead,
  incompatibleOrder,
  internalNonmonotonicPoll,
  internalPollSkip,
  overRead,
  overfullRead,
  shortRead,
  staleRead,
  unexpected,
] as const
