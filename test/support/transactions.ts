/** Schedules in which one transaction, behind a cut, adds entries and takes some of them away again. */
import type { History } from '../../src/history/event.js'
import { type Step, advanceTo, append, disconnect, drop, poison, remove, trim } from '../../src/schedule/step.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'

const one = [advanceTo('blocked'), disconnect()]
const two = [advanceTo('blocked', { consumer: 0 }), advanceTo('blocked', { consumer: 1 }), disconnect(0)]

export interface Transaction {
  readonly schedule: Schedule
  /** What is removed, in turn, as the names of entries. */
  readonly removed: readonly (readonly string[])[]
  /** How many deliveries of what is left are owed: the consumer that waits on may get an entry that is gone. */
  readonly owed: number
}

const of = (steps: readonly Step[], removed: Transaction['removed'], owed: number, consumers = 1): Transaction => ({
  schedule: schedule(steps, consumers === 1 ? {} : { consumers }),
  removed,
  owed,
})

/** By what happens behind the cut. */
export const TRANSACTIONS: Readonly<Record<string, Transaction>> = {
  'one is added and trimmed, and another consumer waits': of([...two, append(1), trim(0)], [['s1']], 0, 2),
  'one is added and trimmed': of([...one, append(1), trim(0)], [['s1']], 0),
  'three are added, and trimmed to one': of([...one, append(3), trim(1)], [['s1', 's2']], 1),
  'one is added, and the topic dropped': of([...one, append(1), drop()], [['s1']], 0),
  'two are added, and the topic dropped, and another consumer waits': of([...two, append(2), drop()], [['s1', 's2']], 0, 2),
  'one is added as 5-0 and deleted, and another consumer waits': of([...two, append(1, { ids: ['5-0'] }), remove(1)], [['s1']], 0, 2),
  'one is added and deleted under the id that the store gives it': of([...one, append(1), remove(1)], [['s1']], 0),
  'the second of three is deleted': of([...one, append(3), remove(2)], [['s2']], 2),
  'two steps add, and the first entry is deleted': of([...one, append(1), append(1), remove(1)], [['s1']], 1),
  'deleted, trimmed and dropped one after the other': of(
    [...one, append(4), remove(2), trim(1), append(1), drop()],
    [['s2'], ['s1', 's3'], ['s4', 's5']],
    0,
  ),
  'one that was there goes with what is added': of(
    [advanceTo('blocked'), append(1), advanceTo('blocked'), disconnect(), append(2), trim(1)],
    [['s1', 's2']],
    2,
  ),
  'an entry that does not decode is added and trimmed': of([...one, poison(1), append(1), trim(1)], [['poison']], 1),
  'what was never added is not removed': of([...one, append(1), remove(9)], [], 1),
}

/** What was removed, in turn: each entry by its name. */
export function removedIn(history: History): readonly (readonly string[])[] {
  const names = new Map<string, string>()
  const removed: (readonly string[])[] = []
  for (const event of history) {
    if (event.type === 'append-returned' && event.id !== undefined) names.set(event.id, event.value)
    else if (event.type === 'poisoned') names.set(event.id, 'poison')
    else if (event.type === 'removed') removed.push(event.ids.map((id) => names.get(id) ?? id))
  }
  return removed
}
