/** §1 and §2, the rules and the anomalies that speak of them: what became of the appends, and what the tail says. */
import type { HistoryEvent } from '../../history/event.js'
import type { Analysis, Append, Removal } from '../analysis.js'
import type { RuleRecord } from '../rules.js'
import { type Finding, kind } from './kind.js'

// ── §1 Append: what an acknowledgement, a rejection and an unknown outcome promise.

export const appendRules: readonly RuleRecord[] = [
  {
    id: '1.1',
    level: 'required',
    intent: 'An acknowledged append is in the log.',
    violator: 'acknowledges, and never writes',
    ifItFails: 'Look for a sendData that does not await its write, or that answers from a queue of its own.',
  },
  {
    id: '1.2',
    level: 'required',
    intent: 'A rejected append never appears.',
    violator: 'writes, then throws',
    ifItFails: 'Look for something that can fail behind the write (a publish, an expiry, a metric) and takes the whole append for failed.',
  },
  {
    id: '1.3',
    level: 'required',
    intent: 'One append is one entry.',
    violator: 'a retry writes twice',
    ifItFails:
      'Look for a retry below the caller: a client that re-sends after a reconnect, or a loop around the write. Turn it off, or make the append idempotent.',
  },
  {
    id: '1.4',
    level: 'required',
    intent: 'Ids are unique, are those of the log, and strictly increase in real time.',
    violator: 'an id that is used again, goes back, or was made up',
    ifItFails: 'Return the id that the server assigned. Look for ids made from a clock or a counter of the client.',
  },
  {
    id: '1.5',
    level: 'required',
    intent: 'The payload comes back exactly as it went in: unicode, empty, `__proto__`, large and nested ones too.',
    violator: 'a lossy codec',
    ifItFails:
      'Look at what the codec does to types, to characters outside of Latin-1, to keys such as `__proto__`, and at limits of length.',
  },
  {
    id: '1.6',
    level: 'required',
    intent: 'An append whose outcome is not known is reported as unknown, not as failed.',
    violator: 'a time-out is reported as a failure, and the entry is there',
    // Seen from outside it is what 1.2 is: a failure was reported, and the entry is there.
    also: ['aborted-read'],
    ifItFails: 'Throw UnknownOutcomeError (or any error with outcome: "unknown") when the command was sent and its reply never came.',
  },
  {
    id: '1.7',
    level: 'required',
    intent: 'No entry becomes visible below an id that was already read.',
    violator: 'a database sequence whose number is taken first and committed late',
    ifItFails: 'Assign ids in the order of commits, or hold entries back until all lower ones are there.',
  },
  {
    id: '1.8',
    level: 'required',
    intent: 'An append is not held up by a reader that is blocked.',
    violator: 'reads and writes share one connection',
    also: ['stalled'],
    ifItFails: 'Give each blocking read a connection of its own: a command that is sent behind a read that waits is held up by it.',
    hint: 'give blocking reads a connection of their own: a command that is sent behind a read that waits is held up by it',
  },
]

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
  /**
   * Acknowledged, and its value is neither in the log nor was it removed. The server's or the adapter's loss, not the consumer's. Where
   * the subject's own code read the log, a read may have skipped it; and did, where another read gave it.
   */
  check: ({ appends, committed, witness, witnessed, reads, options }) => {
    if (!witnessed) return []
    const kept = new Set([...committed.map(({ value }) => value), ...witness.map(({ value }) => value)])
    return appends
      .filter(({ outcome, value }) => outcome === 'ok' && !kept.has(value))
      .map(({ value, id }) => {
        const acknowledged = `${value} was acknowledged${id === undefined ? '' : ` at ${id}`}`
        const about = { value, ...(id === undefined ? {} : { id }) }
        if (options.witness !== 'subject') return { evidence: `${acknowledged}, and the log does not have it`, ...about }
        const other = reads.find(({ entries }) => entries.some((entry) => entry.value === value))
        if (other === undefined)
          return { evidence: `${acknowledged}, and a read from the beginning does not give it: ${LOST_OR_SKIPPED}`, ...about }
        const evidence = `${acknowledged}, and read #${other.read} gave it, but a read from the beginning does not: that read skips it`
        return { evidence, ...about, rule: '3.10' }
      })
  },
})

const LOST_OR_SKIPPED =
  'the append was lost, that read skips it, or the tail of an empty topic is nothing to read from (which of these cannot be told here)'

const nonmonotonicAppend = kind({
  code: 'nonmonotonic-append',
  seen: 'an append that began after another had been acknowledged got a lower or equal id',
  rule: '1.4',
  hint: 'let the server assign ids: a clock or a counter of the client goes back',
  needs: 'appends',
  /** a returned before b was invoked, and yet b's id is not above a's, in one life of the topic: one that is made anew counts from where it likes. */
  check: ({ appends, removals, history, ids: { asRead } }) => {
    const drops = removals.filter(({ how }) => how === 'drop')
    const lifeOf = (b: Append) => Math.max(-1, ...drops.filter(({ at }) => at < b.returned).map((drop) => endOf(drop, history)))
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
      const life = lifeOf(b)
      const a = ok.find((other) => other.returned < b.called && other.rank >= b.rank && other.called > life)
      if (a === undefined) return []
      const after = `${b.value} was appended after ${a.value} had been acknowledged at ${a.id}`
      const evidence = asRead
        ? `${after}, and a read from the beginning does not give it (${b.id}) behind that`
        : `${after}, and got ${b.id}`
      return [{ evidence, value: b.value, id: b.id }]
    })
  },
})

/** From here on the topic was gone for certain: a command of a consumer removes it at some time before it returns. */
function endOf({ at, consumer }: Removal, history: readonly HistoryEvent[]): number {
  if (consumer === undefined) return at
  const end = history.findIndex((event, place) => place > at && event.type === 'command-returned' && event.consumer === consumer)
  return end === -1 ? history.length : end
}

/** In the order of reports. */
export const appendKinds = [abortedRead, duplicateAppend, inconsistentOffsets, lostAppend, nonmonotonicAppend] as const

// ── §2 Tail: what `getStreamTailId` may answer.

export const tailRules: readonly RuleRecord[] = [
  {
    id: '2.1',
    level: 'required',
    intent: 'The tail is a concrete id, never a stand-in for whatever is last.',
    violator: 'returns the sentinel',
    also: ['phantom-tail'],
    ifItFails: 'Resolve the tail once, in getStreamTailId(), to the id of the last entry.',
    hint: 'resolve the tail once, in getStreamTailId(), to the id of the last entry',
  },
  {
    id: '2.2',
    level: 'required',
    intent: 'The tail of an empty or missing topic is an origin from which the first entry is read.',
    violator: 'throws, or answers "now"',
    also: ['phantom-tail'],
    ifItFails: 'Answer the origin where there is no entry. Look for a question that fails on a topic that does not exist.',
  },
  {
    id: '2.3',
    level: 'required',
    intent: 'The tail is at or above every append that was acknowledged before the call.',
    violator: 'asks a replica, or a cache',
    ifItFails: 'Ask the server that was written to: replicas and caches lag behind it.',
  },
  {
    id: '2.4',
    level: 'required',
    intent: 'The tail is never an id that was not assigned.',
    violator: 'derives one from the clock',
    ifItFails:
      'Look for a cursor that is made from the time of day: the clock of the server may be behind, and every entry below it is lost.',
  },
  {
    id: '2.5',
    level: 'capability',
    needs: 'tailSurvivesTrim',
    intent: 'The tail does not go back when the last entry is deleted or trimmed.',
    violator: 'answers the last entry that is left',
    also: ['stale-tail'],
    ifItFails: 'Take the last id that was given out, which the store remembers after its entry is gone.',
  },
]

const phantomTail = kind({
  code: 'phantom-tail',
  seen: 'the tail was an id that had not been assigned, or no id at all (rule 2.1)',
  rule: '2.4',
  hint: 'the tail is the id of the last entry, or the origin where there is none: never a stand-in for it, never made from a clock',
  needs: 'tails',
  /** An id that was never assigned, or only after that, or no id at all. */
  check: (analysis) => {
    let assigned: ReadonlyMap<string, number> | undefined
    return analysis.tails.flatMap(({ id, rank, consumer, returned }) => {
      if (id === undefined || id === analysis.ids.origin) return []
      const since = (assigned ??= assignedIn(analysis)).get(id)
      if (since !== undefined && since < returned) return []
      const when = since === undefined ? 'was never assigned' : 'was assigned only after that'
      if (rank >= 0 || analysis.ids.asRead) return [{ evidence: `the tail was ${id}, an id that ${when}`, consumer, id }]
      return [{ evidence: `the tail was "${id}", which is not an id`, consumer, id, rule: '2.1' }]
    })
  },
})

/** From which place on each id may have been assigned: from the call of its append on where that is known, else from the beginning. */
function assignedIn({ committed, witness, poisoned, appends, appendOf, removals }: Analysis): ReadonlyMap<string, number> {
  const assigned = new Map<string, number>()
  const since = (id: string, place: number) => assigned.set(id, Math.min(place, assigned.get(id) ?? place))
  for (const { id, called } of committed) since(id, called)
  for (const { id, called } of appends) if (id !== undefined) since(id, called)
  for (const { id, value } of witness) since(id, appendOf.get(value ?? '')?.called ?? -1)
  for (const id of poisoned.keys()) since(id, -1)
  for (const { ids } of removals) for (const id of ids) since(id, -1)
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
