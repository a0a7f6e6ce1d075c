/** §2: what the tail says. */
import { ORIGIN, compareIds, isStreamId } from '../../contract/stream-id.js'
import type { Analysis } from '../analysis.js'
import { type Check, anomaly } from '../anomaly.js'

/**
 * Below an id that was acknowledged before the tail was asked for, and is still there. Where the tail is declared to
 * survive that, one that was trimmed or deleted counts too; one that went away with its topic never does.
 */
export const staleTail: Check = ({ tails, committed, removals, options }) =>
  tails.flatMap(({ id, sent, returned, consumer }) => {
    if (!isStreamId(id)) return []
    const dropped = removals.findLast(({ at, how }) => at < returned && how === 'drop')?.at ?? -1
    const survives = (removed: number) => options.capabilities?.tailSurvivesTrim === true && removed < returned && removed > dropped
    const missed = committed.findLast(
      (entry) => entry.returned < sent && (entry.removed > returned || survives(entry.removed)) && compareIds(entry.id, id) > 0,
    )
    if (missed === undefined) return []
    const gone = missed.removed < returned ? { rule: '2.5' } : {}
    return [
      anomaly('stale-tail', `the tail was ${id} although ${missed.value} had been acknowledged at ${missed.id} before it was asked for`, {
        consumer,
        id,
        ...gone,
      }),
    ]
  })

/** An id that was never assigned, or no id at all. */
export const phantomTail: Check = (analysis) => {
  let assigned: ReadonlySet<string> | undefined
  return analysis.tails.flatMap(({ id, consumer }) => {
    if (id === undefined || id === ORIGIN || (assigned ??= assignedIn(analysis)).has(id)) return []
    if (isStreamId(id)) return [anomaly('phantom-tail', `the tail was ${id}, an id that was never assigned`, { consumer, id })]
    return [anomaly('phantom-tail', `the tail was "${id}", which is not an id`, { consumer, id, rule: '2.1' })]
  })
}

function assignedIn({ committed, witness, poisoned, appends, removals }: Analysis): ReadonlySet<string> {
  const assigned = new Set<string>(poisoned.keys())
  for (const { id } of committed) assigned.add(id)
  for (const { id } of witness) assigned.add(id)
  for (const { id } of appends) if (id !== undefined) assigned.add(id)
  for (const { ids } of removals) for (const id of ids) assigned.add(id)
  return assigned
}
