/** §1: what became of the appends. */
import { type StreamId, compareIds, isAfter, isStreamId } from '../../contract/stream-id.js'
import type { Append } from '../analysis.js'
import { type Anomaly, type Check, anomaly } from '../anomaly.js'

/** Acknowledged, and its value is neither in the log nor was it removed. The server's or the adapter's loss, not the consumer's. */
export const lostAppend: Check = ({ appends, committed, witness, witnessed }) => {
  if (!witnessed) return []
  const kept = new Set([...committed.map(({ value }) => value), ...witness.map(({ value }) => value)])
  return appends
    .filter(({ outcome, value }) => outcome === 'ok' && !kept.has(value))
    .map(({ value, id }) =>
      anomaly('lost-append', `${value} was acknowledged${id === undefined ? '' : ` at ${id}`}, and the log does not have it`, {
        value,
        ...(id === undefined ? {} : { id }),
      }),
    )
}

/** One value at two or more ids of the log. */
export const duplicateAppend: Check = ({ witness }) => {
  const values = new Set<string>()
  if (witness.every(({ value }) => value === undefined || (!values.has(value) && values.add(value)))) return []
  const idsOf = new Map<string, string[]>()
  for (const { id, value } of witness) if (value !== undefined) idsOf.set(value, [...(idsOf.get(value) ?? []), id])
  return [...idsOf]
    .filter(([, ids]) => ids.length > 1)
    .map(([value, ids]) =>
      anomaly('duplicate-append', `${value} was appended once and is in the log ${ids.length} times: ${ids.join(', ')}`, {
        value,
        id: ids[0]!,
      }),
    )
}

/** One id with two values, or a value reported at an id where the log does not have it. */
export const inconsistentOffsets: Check = ({ appends, witness, reads, sessions, removals }) => {
  const inLog = new Map<string, string>()
  const whereIs = new Map<string, string>()
  for (const { id, value } of witness) {
    if (value === undefined) continue
    inLog.set(id, value)
    whereIs.set(value, id)
  }
  const removedAfter = (id: string | undefined, place: number) =>
    removals.some((removal) => removal.at > place && (removal.ids as readonly unknown[]).includes(id))
  const found: Anomaly[] = []
  const claim = ({ value, id }: { value?: string; id?: string }, at: number, who: () => string) => {
    const other = inLog.get(id ?? '')
    if (value === undefined || other === value || (other === undefined && !whereIs.has(value)) || removedAfter(id, at)) return
    const fact = other === undefined ? `${value} is in the log at ${whereIs.get(value)}` : `the log has ${other} at ${id}, and not ${value}`
    found.push(anomaly('inconsistent-offsets', `${fact}, but ${who()} ${id}`, { value, ...(id === undefined ? {} : { id }) }))
  }
  for (const append of appends) if (append.outcome === 'ok') claim(append, append.returned, () => 'the append was acknowledged at')
  for (const { entries, read } of reads) for (const entry of entries) claim(entry, entry.at, () => `read #${read} returned it at`)
  for (const { delivered } of sessions) {
    // A frame may carry no id, and of an append of unknown outcome nobody was told it.
    for (const entry of delivered) if (entry.id !== undefined) claim(entry, entry.at, () => 'the consumer handed it out as')
  }
  return found
}

/** a returned before b was invoked, and yet b's id is not above a's. */
export const nonmonotonicAppend: Check = ({ appends }) => {
  const ok = appends.filter(isPlaced)
  const returned = ok.toSorted((a, b) => a.returned - b.returned)
  // The highest of those that had returned tells whether there is one at all: to look for it from every append is quadratic.
  let highest: StreamId | undefined
  let next = 0
  return ok.flatMap((b) => {
    for (; next < returned.length && returned[next]!.returned < b.called; next++)
      if (highest === undefined || isAfter(returned[next]!.id, highest)) highest = returned[next]!.id
    if (highest === undefined || isAfter(b.id, highest)) return []
    const a = ok.find((other) => other.returned < b.called && compareIds(other.id, b.id) >= 0)!
    return [
      anomaly('nonmonotonic-append', `${b.value} was appended after ${a.value} had been acknowledged at ${a.id}, and got ${b.id}`, {
        value: b.value,
        id: b.id,
      }),
    ]
  })
}

/** Acknowledged with an id that the store chose. */
const isPlaced = (append: Append): append is Append & { readonly id: StreamId } =>
  append.outcome === 'ok' && !append.explicit && isStreamId(append.id)

/** A value whose append was rejected turns up all the same. */
export const abortedRead: Check = ({ appends, witness, reads }) =>
  appends
    .filter(({ outcome }) => outcome === 'fail')
    .flatMap(({ value }) => {
      const logged = witness.find((entry) => entry.value === value)
      const read = reads.flatMap(({ entries }) => entries).find((entry) => entry.value === value)
      const id = logged?.id ?? read?.id
      return id === undefined
        ? []
        : [
            anomaly(
              'aborted-read',
              `the append of ${value} was rejected, and it is in the log at ${id}: a caller who tries again appends it twice`,
              { value, id },
            ),
          ]
    })
