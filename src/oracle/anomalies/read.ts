/** §3: what single reads return, whatever the consumer makes of it. */
import { type StreamId, compareIds, isAfter, isStreamId } from '../../contract/stream-id.js'
import type { Analysis, Committed, Read, ReadEntry } from '../analysis.js'
import { type Anomaly, type Check, anomaly } from '../anomaly.js'
import { isDue } from '../log.js'
import { passedAt } from '../reads.js'

/** What is wrong with single reads, at most one thing with each. Arrays that stay empty took most of the time of these checks. */
function ofReads(reads: readonly Read[], find: (read: Read) => Anomaly | undefined): Anomaly[] {
  const found: Anomaly[] = []
  for (const read of reads) {
    const wrong = find(read)
    if (wrong !== undefined) found.push(wrong)
  }
  return found
}

/** The same for the entries that reads gave. */
function ofEntries(reads: readonly Read[], find: (entry: ReadEntry, read: Read) => Anomaly | undefined): Anomaly[] {
  const found: Anomaly[] = []
  for (const read of reads) {
    for (const entry of read.entries) {
      const wrong = find(entry, read)
      if (wrong !== undefined) found.push(wrong)
    }
  }
  return found
}

/** How many undecodable entries between the cursor and this one were not handed out? Adapters may log and skip those. */
const poisonBefore = ({ poisoned }: Analysis, { cursor, entries }: Read, id: StreamId): number =>
  [...poisoned.keys()].filter(
    (other) =>
      isStreamId(other) &&
      isStreamId(cursor) &&
      isAfter(other, cursor) &&
      isAfter(id, other) &&
      !entries.some((entry) => entry.id === other),
  ).length

/** Something was due at the call, and the read came back empty. */
export const staleRead: Check = (analysis) =>
  ofReads(analysis.reads, (read) => {
    const due = read.outcome === 'empty' ? analysis.log.firstDue(read) : undefined
    if (due === undefined) return undefined
    const rule = poisonBefore(analysis, read, due.id) > 0 ? { rule: '4.6' } : {}
    return anomaly(
      'stale-read',
      `read #${read.read} after ${read.cursor} came back empty although ${due.value} had been acknowledged at ${due.id} before it`,
      { consumer: read.consumer, value: due.value, id: due.id, ...rule },
    )
  })

/** It came back empty before its time was up: a caller that asks again spins, and one that takes it for quiet is wrong. */
export const earlyEmpty: Check = ({ reads, log }) =>
  reads
    .filter((read) => read.early && log.firstDue(read) === undefined)
    .slice(0, 1)
    .map(({ read, timeoutMs, consumer, blocked }) =>
      anomaly(
        'early-empty',
        `read #${read} came back empty ${blocked ? 'from its wait' : 'at once'}, although nothing had ended its ${timeoutMs} ms`,
        { consumer, ...(blocked ? { rule: '3.9' } : {}) },
      ),
    )

/** It stopped below `count` although there was more. */
export const shortRead: Check = (analysis) =>
  ofReads(analysis.reads, (read) => {
    const last = read.highest
    if (!read.complete || read.outcome !== 'batch' || last === undefined) return undefined
    const more = analysis.log.firstDue(read, last)
    if (more === undefined || read.entries.length + poisonBefore(analysis, read, more.id) >= read.count) return undefined
    return anomaly(
      'short-read',
      `read #${read.read} returned ${read.entries.length} of at most ${read.count} entries and stopped at ${last}, although ${more.value} at ${more.id} was there`,
      { consumer: read.consumer, value: more.value, id: more.id },
    )
  })

/** An id at or below the cursor. */
export const overRead: Check = ({ reads }) =>
  ofReads(reads, ({ cursor, entries, read, consumer }) => {
    if (!isStreamId(cursor)) return undefined
    const over = entries.find(({ id }) => isStreamId(id) && !isAfter(id, cursor))
    if (over === undefined) return undefined
    return anomaly('over-read', `read #${read} after ${cursor} returned ${over.id}: the cursor is exclusive`, {
      consumer,
      id: over.id,
      ...(over.value === undefined ? {} : { value: over.value }),
    })
  })

/** More than `count`. */
export const overfullRead: Check = ({ reads }) =>
  reads
    .filter(({ entries, count }) => entries.length > count)
    .map(({ entries, count, read, consumer }) =>
      anomaly('overfull-read', `read #${read} returned ${entries.length} entries, with count ${count}`, { consumer }),
    )

/** Due at the call, below the highest id returned, and not among them. */
export const internalPollSkip: Check = ({ reads, log }) =>
  reads.flatMap((read) => {
    const { highest } = read
    if (highest === undefined) return []
    const absent = absentFrom(read, log.between(read, highest))
    if (absent.length === 0) return []
    return absent
      .filter((entry) => isDue(read, entry))
      .map(({ id, value }) =>
        anomaly('int-poll-skip', `read #${read.read} after ${read.cursor} reached ${highest} and left out ${value} at ${id}`, {
          consumer: read.consumer,
          value,
          id,
        }),
      )
  })

/** Those that the read did not give. Mostly it gave them all, in their order. */
function absentFrom({ entries }: Read, wanted: readonly Committed[]): readonly Committed[] {
  if (wanted.every(({ id }, i) => id === entries[i]?.id)) return []
  const ids = new Set(entries.map(({ id }) => id))
  return wanted.filter(({ id }) => !ids.has(id))
}

/** Ids that do not strictly increase inside one batch. */
export const internalNonmonotonicPoll: Check = ({ reads }) =>
  ofReads(reads, ({ entries, read, consumer }) => {
    const at = entries.findIndex(
      ({ id }, i) => i > 0 && isStreamId(id) && isStreamId(entries[i - 1]!.id) && compareIds(id, entries[i - 1]!.id as never) <= 0,
    )
    if (at === -1) return undefined
    const { id } = entries[at]!
    return anomaly('int-nonmonotonic-poll', `read #${read} returned ${id} after ${entries[at - 1]!.id}`, { consumer, id })
  })

/** It read up to m from c, and an id between them, absent from it, became visible only later, in the same life of the topic. */
export const incompatibleOrder: Check = ({ reads, log, removals }) =>
  reads.flatMap((read) => {
    const { cursor, highest: last } = read
    if (last === undefined) return []
    const absent = absentFrom(read, log.between(read, last))
    if (absent.length === 0) return []
    const dropped = removals.find(({ at, how }) => at > read.returned && how === 'drop')?.at
    const late = absent.filter(
      ({ id, called, returned, removed }) =>
        returned > read.sent && removed > passedAt(read, id) && (dropped === undefined || called < dropped),
    )
    return late.map(({ id, value }) =>
      anomaly(
        'incompatible-order',
        `read #${read.read} after ${cursor} reached ${last}; ${value} became visible at ${id} only after that`,
        { consumer: read.consumer, value, id },
      ),
    )
  })

type Item = Partial<Pick<ReadEntry, 'id' | 'value' | 'got' | 'undecodable'>>

/** Something that was never appended. */
export const unexpected: Check = ({ reads, sessions, poisoned, appendOf, committed }) => {
  /** A frame may tell no more than the id, and of an append of unknown outcome nobody was told it. */
  const named = ({ id, value, got }: Item) => value === undefined && got === undefined && committed.some((entry) => entry.id === id)
  const strange = (entry: Item) => !appendOf.has(entry.value ?? '') && !entry.undecodable && !poisoned.has(entry.id ?? '') && !named(entry)
  const what = ({ id, got, value }: { id?: string; got?: string; value?: string }) =>
    `${value ?? 'an entry'}${id === undefined ? '' : ` at ${id}`}${got === undefined ? '' : ` with ${got}`}`
  const read = ofEntries(reads, (entry, { read, consumer }) =>
    strange(entry)
      ? anomaly('unexpected', `read #${read} returned ${what(entry)}, which was never appended here`, { consumer, id: entry.id })
      : undefined,
  )
  if (read.length > 0) return read
  return sessions.flatMap(({ delivered, consumer }) =>
    delivered.filter(strange).map((entry) =>
      anomaly('unexpected', `the consumer handed out ${what(entry)}, which was never appended here`, {
        consumer,
        ...(entry.id === undefined ? {} : { id: entry.id }),
      }),
    ),
  )
}

/** The payload is not what was appended, or a good one is said not to decode. */
export const corruptRead: Check = ({ reads, sessions, committed, poisoned }) => {
  const good = (id: string) => (poisoned.has(id) ? undefined : committed.find((entry) => entry.id === id)?.value)
  const read = ofEntries(reads, (entry, { read, consumer }) => {
    const { id, undecodable } = entry
    const value = undecodable ? good(id) : entry.value
    const got = undecodable ? 'undecodable' : entry.got
    if (value === undefined || got === undefined) return undefined
    const evidence = `read #${read} returned ${value} at ${id} as ${got}, which is not what was appended`
    return anomaly('corrupt-read', evidence, { consumer, id, value })
  })
  if (read.length > 0) return read
  return sessions.flatMap(({ delivered, consumer }) =>
    delivered
      .filter(({ got, value }) => got !== undefined && value !== undefined)
      .map(({ got, value }) =>
        anomaly('corrupt-read', `the consumer handed out ${value} as ${got}, which is not what was appended`, { consumer, value: value! }),
      ),
  )
}

/** Returned before its append was invoked. */
export const futureRead: Check = ({ reads, appendOf }) =>
  ofEntries(reads, ({ value, id, at }, { read, consumer }) => {
    const append = value === undefined ? undefined : appendOf.get(value)
    return append !== undefined && at < append.called
      ? anomaly('future-read', `read #${read} returned ${value} before it was appended`, { consumer, id, value: append.value })
      : undefined
  })
