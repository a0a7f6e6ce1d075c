/**
 * What two reports that are held against each other were run with, where that differs: more schedules find more, and other
 * schedules find other things, without anything having changed in the subject.
 */
import type { Report, ReportSubject } from '../report-schema.js'
import { count, number } from '../words.js'

/** A line for each, the base's first. */
export function settingsThatDiffer(base: Report, head: Report): readonly string[] {
  const both = base.subjects.flatMap((before) => {
    const after = head.subjects.find(({ name }) => name === before.name)
    return after === undefined ? [] : differing(before.name, settingsOf(before), settingsOf(after))
  })
  return [...differing(undefined, ofAll(base), ofAll(head)), ...both]
}

type Settings = Readonly<Record<string, string | undefined>>

const ofAll = ({ tailrace, seed, shard }: Report): Settings => ({ tailrace, seed: String(seed), shard: shard ?? 'none' })

const settingsOf = ({ consumer, store, error, bursts, exploration }: ReportSubject): Settings => ({
  consumer,
  // One that could not be opened does not say which it would have been.
  store: error === undefined ? store : undefined,
  // Bursts that found something end there.
  bursts: bursts === undefined ? 'none' : bursts.failure === undefined ? number(bursts.runs) : undefined,
  exploration: exploration === undefined ? 'none' : `${count(exploration.appends, 'append')} × ${count(exploration.cycles, 'cycle')}`,
})

const differing = (of: string | undefined, before: Settings, after: Settings): readonly string[] =>
  Object.keys(before)
    .filter((name) => before[name] !== undefined && after[name] !== undefined && before[name] !== after[name])
    .map((name) => `${of === undefined ? '' : `${of} · `}${name}: ${before[name]} → ${after[name]}`)
