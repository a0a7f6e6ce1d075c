/**
 * What is behind the anomalies of a verdict: one cause may show as several of them. An entry that a repository repeats within a batch is
 * repeated by the consumer, too, and it is the repository that is at fault.
 */
import type { Anomaly, AnomalyCode } from './anomaly.js'
import { type CulpritName, culpritRecord } from './catalogue/culprits.js'

/** Something that is wrong: the culprit of a loss, or the code of another anomaly. The anomalies that it shows as are behind it. */
export interface Cause {
  /** `latest-anew`, `duplicate-delivery`. */
  readonly name: string
  readonly rule: string
  /** Those that speak of it first. */
  readonly anomalies: readonly Anomaly[]
}

/** In the order of the anomalies. */
export function causesOf(anomalies: readonly Anomaly[]): readonly Cause[] {
  const causes = new Map<string, { name: string; rule: string; anomalies: Anomaly[] }>()
  const kinds = kindsOf(anomalies)
  for (const [at, anomaly] of anomalies.entries()) {
    const isExplained = kinds(anomaly).some(
      ({ first, place, several }) => (several || place !== at) && explains(first, anomaly, place < at),
    )
    if (isExplained) continue
    const name = causeOf(anomaly)
    const known = causes.get(name)
    if (known === undefined) causes.set(name, { name, rule: anomaly.rule, anomalies: [anomaly] })
    else known.anomalies.push(anomaly)
  }
  return [...causes.values()]
}

interface Kind {
  readonly first: Anomaly
  /** Of the first. */
  readonly place: number
  several: boolean
}

/**
 * Of those that could explain an anomaly, one of each kind: a consumer that goes round in circles breaks a rule ten thousand times, and to
 * compare each with each would take minutes.
 */
function kindsOf(anomalies: readonly Anomaly[]): (anomaly: Anomaly) => readonly Kind[] {
  const leading = new Map<string, Kind>()
  const byValue = new Map<string, Map<string, Kind>>()
  const note = (kinds: Map<string, Kind>, key: string, first: Anomaly, place: number) => {
    const known = kinds.get(key)
    if (known === undefined) kinds.set(key, { first, place, several: false })
    else known.several = true
  }
  for (const [place, anomaly] of anomalies.entries()) {
    const { code, rule, consumer, value } = anomaly
    const key = `${causeOf(anomaly)} ${code} ${rule} ${consumer ?? ''}`
    if (LEADS_TO[causeOf(anomaly)] !== undefined) note(leading, key, anomaly, place)
    if (value === undefined) continue
    const same = byValue.get(value) ?? new Map<string, Kind>()
    byValue.set(value, same)
    note(same, key, anomaly, place)
  }
  const all = [...leading.values()]
  return ({ value }) => (value === undefined ? all : [...all, ...(byValue.get(value)?.values() ?? [])])
}

/** What an anomaly comes from, as far as it says so itself. */
export function causeOf({ code, culprit }: Anomaly): string {
  return culprit === undefined ? code : (culpritRecord(culprit.name)?.shows ?? culprit.name)
}

/**
 * Does the first say why there is the second? Where both are about one entry, the lower layer is at fault: what a repository answered wrongly
 * its consumer has wrongly handed out; between two of one repository the one that is reported first speaks for both.
 */
function explains(first: Anomaly, second: Anomaly, isEarlier: boolean): boolean {
  if (
    LEADS_TO[causeOf(first)]?.some((each) => each === second.code || each === second.culprit?.name) === true &&
    first.consumer === second.consumer
  )
    return true
  if (first.value === undefined || first.value !== second.value || movedItsCursor(second)) return false
  // Nothing was read any more that could have brought it.
  if (first.code === 'premature-end' && first.consumer === second.consumer && second.culprit?.name === 'not-told-apart') return true
  const [lower, higher] = [layerOf(first), layerOf(second)]
  if (lower !== higher) return lower < higher
  // An append that is nowhere is what matters, whatever else is wrong with its id.
  return lower < CONSUMER && (first.code === 'lost-append' || (isEarlier && second.code !== 'lost-append'))
}

/** The consumer put its cursor beyond the entry itself: no answer of its repository's made it do that. */
function movedItsCursor({ culprit }: Anomaly): boolean {
  const record = culprit && culpritRecord(culprit.name)
  return record?.passes === true && record.shows === undefined
}

/** What one of these makes of a consumer that is right, of whichever entries. */
const LEADS_TO: Readonly<Record<string, readonly (AnomalyCode | CulpritName)[]>> = {
  'phantom-tail': ['premature-end', 'replayed-history', 'gave-id-ahead'],
  'stale-tail': ['premature-end', 'replayed-history'],
  'stale-read': ['premature-end'],
  'over-read': ['livelock'],
  'int-nonmonotonic-poll': ['nonmonotonic-poll', 'duplicate-delivery', 'replayed-history', 'livelock'],
  'not-woken': ['early-empty'],
}

const CONSUMER = 4

/** Append, tail, read, and what is built on these. */
const layerOf = ({ rule }: Anomaly): number => Math.min(CONSUMER, Number(rule.split('.')[0]))
