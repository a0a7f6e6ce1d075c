/** §1 and §2: what became of the appends, and what the tail says. */
import type { Analysis, Append } from '../analysis.js'
import { type Finding, kind } from './kind.js'

const abortedRead = kind({
  code: 'aborted-read',
  seen: 'an append was rejected, and its entry is in the log',
  rule: '1.2',
  hint: 'a rejected append must not be in the log: report the outcome as unknown where it cannot be told',
  needs: 'appends',
  /** A value whose append was rejected turns up all the same. */
  check: ({ appends, witness, reads }) =>
    appends
      .filter(({ outcome }) => outcome === 'fail')
      .flatMap(({ value }) => {
        const logged = witness.find((entry) => entry.value === value)
        const read = reads.flatMap(({ entries }) => entries).find((entry) => entry.value === value)
        const id = logged?.id ?? read?.id
        if (id === undefined) return []
        const evidence = `the append of ${value} was rejected, and it is in the log at ${id}: a caller who tries again appends it twice`
        return [{ evidence, value, id }]
      }),
})

const duplicateAppend = kind({
  code: 'duplicate-append',
  seen: 'one append is in the log at two or more ids',
  rule: '1.3',
  hint: 'a retry after a time-out writes again: make the append idempotent, or report the outcome as unknown',
  /** One value at two or more ids of the log. */
  check: ({ witness }) => {
    const values = new Set<string>()
    if (witness.every(({ value }) => value === undefined || (!values.has(value) && values.add(value)))) return []
    const idsOf = new Map<string, string[]>()
    for (const { id, value } of witness) if (value !== undefined) idsOf.set(value, [...(idsOf.get(value) ?? []), id])
    return [...idsOf]
      .filter(([, ids]) => ids.length > 1)
      .map(([value, ids]) => ({
        evidence: `${value} was appended once and is in the log ${ids.length} times: ${ids.join(', ')}`,
        value,
        id: ids[0]!,
      }))
  },
})

const inconsistentOffsets = kind({
  code: 'inconsistent-offsets',
  seen: 'one id with two entries, among the log, the acknowledgements and the reads',
  rule: '1.4',
  hint: 'return the id that the server assigned, not one of your own',
  /** One id with two values, or a value reported at an id where the log does not have it. */
  check: ({ appends, witness, reads, sessions, removals }) => {
    const inLog = new Map<string, string>()
    const whereIs = new Map<string, string>()
    for (const { id, value } of witness) {
      if (value === undefined) continue
      inLog.set(id, value)
      whereIs.set(value, id)
    }
    const removedAfter = (id: string | undefined, place: number) =>
      removals.some((removal) => removal.at > place && (removal.ids as readonly unknown[]).includes(id))
    const found: Finding[] = []
    const claim = ({ value, id }: { value?: string; id?: string }, at: number, who: () => string) => {
      const other = inLog.get(id ?? '')
      if (value === undefined || other === value || (other === undefined && !whereIs.has(value)) || removedAfter(id, at)) return
      const fact =
        other === undefined ? `${value} is in the log at ${whereIs.get(value)}` : `the log has ${other} at ${id}, and not ${value}`
      found.push({ evidence: `${fact}, but ${who()} ${id}`, value, ...(id === undefined ? {} : { id }) })
    }
    for (const append of appends) if (append.outcome === 'ok') claim(append, append.returned, () => 'the append was acknowledged at')
    for (const { entries, read } of reads) for (const entry of entries) claim(entry, entry.at, () => `read #${read} returned it at`)
    for (const { delivered } of sessions) {
      // A frame may carry no id, and of an append of unknown outcome nobody was told it.
      for (const entry of delivered) if (entry.id !== undefined) claim(entry, entry.at, () => 'the consumer handed it out as')
    }
    return found
  },
})

const lostAppend = kind({
  code: 'lost-append',
  seen: 'an append was acknowledged, and the log does not have it',
  rule: '1.1',
  hint: 'acknowledge only what the server acknowledged: look for a sendData that does not await its write',
  needs: 'appends',
  /** Acknowledged, and its value is neither in the log nor was it removed. The server's or the adapter's loss, not the consumer's. */
  check: ({ appends, committed, witness, witnessed }) => {
    if (!witnessed) return []
    const kept = new Set([...committed.map(({ value }) => value), ...witness.map(({ value }) => value)])
    return appends
      .filter(({ outcome, value }) => outcome === 'ok' && !kept.has(value))
      .map(({ value, id }) => ({
        evidence: `${value} was acknowledged${id === undefined ? '' : ` at ${id}`}, and the log does not have it`,
        value,
        ...(id === undefined ? {} : { id }),
      }))
  },
})

const nonmonotonicAppend = kind({
  code: 'nonmonotonic-append',
  seen: 'an append that began after another had been acknowledged got a lower or equal id',
  rule: '1.4',
  hint: 'let the server assign ids: a clock or a counter of the client goes back',
  needs: 'appends',
  /** a returned before b was invoked, and yet b's id is not above a's. */
  check: ({ appends }) => {
    // Acknowledged with an id that the store chose.
    const ok = appends.filter(
      (append): append is Append & { readonly id: string } => append.outcome === 'ok' && !append.explicit && append.rank >= 0,
    )
    const returned = ok.toSorted((a, b) => a.returned - b.returned)
    // The highest of those that had returned tells whether there is one at all: to look for it from every append is quadratic.
    let highest = -1
    let next = 0
    return ok.flatMap((b) => {
      for (; next < returned.length && returned[next]!.returned < b.called; next++) highest = Math.max(highest, returned[next]!.rank)
      if (b.rank > highest) return []
      const a = ok.find((other) => other.returned < b.called && other.rank >= b.rank)!
      const evidence = `${b.value} was appended after ${a.value} had been acknowledged at ${a.id}, and got ${b.id}`
      return [{ evidence, value: b.value, id: b.id }]
    })
  },
})

/** In the order of reports. */
export const appendKinds = [abortedRead, duplicateAppend, inconsistentOffsets, lostAppend, nonmonotonicAppend] as const

const phantomTail = kind({
  code: 'phantom-tail',
  seen: 'the tail was an id that was never assigned, or no id at all (rule 2.1)',
  rule: '2.4',
  hint: 'the tail is the id of the last entry, or the origin where there is none: never a stand-in for it, never made from a clock',
  needs: 'tails',
  /** An id that was never assigned, or no id at all. */
  check: (analysis) => {
    let assigned: ReadonlySet<string> | undefined
    return analysis.tails.flatMap(({ id, rank, consumer }) => {
      if (id === undefined || id === analysis.ids.origin || (assigned ??= assignedIn(analysis)).has(id)) return []
      if (rank >= 0) return [{ evidence: `the tail was ${id}, an id that was never assigned`, consumer, id }]
      return [{ evidence: `the tail was "${id}", which is not an id`, consumer, id, rule: '2.1' }]
    })
  },
})

function assignedIn({ committed, witness, poisoned, appends, removals }: Analysis): ReadonlySet<string> {
  const assigned = new Set<string>(poisoned.keys())
  for (const { id } of committed) assigned.add(id)
  for (const { id } of witness) assigned.add(id)
  for (const { id } of appends) if (id !== undefined) assigned.add(id)
  for (const { ids } of removals) for (const id of ids) assigned.add(id)
  return assigned
}

const staleTail = kind({
  code: 'stale-tail',
  seen: 'the tail was below an id that had been acknowledged before it was asked for',
  rule: '2.3',
  hint: 'ask the same server for the tail that was written to: replicas and caches lag',
  needs: 'tails',
  /**
   * Below an id that was acknowledged before the tail was asked for, and is still there. Where the tail is declared to
   * survive that, one that was trimmed or deleted counts too; one that went away with its topic never does.
   */
  check: ({ tails, committed, removals, options }) =>
    tails.flatMap(({ id, rank, sent, returned, consumer }) => {
      if (id === undefined || !(rank >= 0)) return []
      const dropped = removals.findLast(({ at, how }) => at < returned && how === 'drop')?.at ?? -1
      const survives = (removed: number) => options.capabilities?.tailSurvivesTrim === true && removed < returned && removed > dropped
      const missed = committed.findLast(
        (entry) => entry.returned < sent && (entry.removed > returned || survives(entry.removed)) && entry.rank > rank,
      )
      if (missed === undefined) return []
      return [
        {
          evidence: `the tail was ${id} although ${missed.value} had been acknowledged at ${missed.id} before it was asked for`,
          consumer,
          id,
          ...(missed.removed < returned ? { rule: '2.5' } : {}),
        },
      ]
    }),
})

/** In the order of reports. */
export const tailKinds = [phantomTail, staleTail] as const
