/**
 * Ids of which nothing is known but that they are text. The subject may say how they are ordered; otherwise their order is the one in
 * which a read from the beginning gives them. They may be others in each run, so a history has names in their place: `#1` is the first
 * entry, `#0` lies before it, and an id that no entry was given is named after the one below it, `#1+1`.
 */
import type { IdOrder, IdRenaming, StreamId } from '../../contract/stream-id.js'

export type CompareIds = (a: string, b: string) => number

const NAME = /^#(\d+)(?:\+(\d+))?$/
const BEFORE_ALL = '#0' as StreamId

const partsOf = (name: string): readonly [number, number] => {
  const [, entry = '0', behind = '0'] = NAME.exec(name) ?? []
  return [Number(entry), Number(behind)]
}

const isName = (text: unknown): text is StreamId => typeof text === 'string' && NAME.test(text)

function compareNames(a: string, b: string): number {
  const [[entryA, behindA], [entryB, behindB]] = [partsOf(a), partsOf(b)]
  return entryA - entryB || behindA - behindB
}

/** The names of a history. */
export const NAMED_IDS: IdOrder = { origin: BEFORE_ALL, isId: isName, compare: compareNames }

/** While a run goes on: no order is asked for. @param origin the tail of its topic when that was empty. */
export const idsInRun = (origin: string): IdOrder => ({
  origin: origin as StreamId,
  anyText: true,
  isId: (text): text is StreamId => typeof text === 'string',
  compare: () => 0,
})

/** Ids of a run, and the names that they get: by the order that the subject says. What it cannot compare is no id. */
export const idsInOrder = (origin: string, compare: CompareIds): IdOrder =>
  named(origin, compare, (text) => isOrdered(text, origin, compare))

/** The same, by the order in which they were read. What no read has given is no id, as far as can be told. */
export function idsAsRead(origin: string, read: readonly string[]): IdOrder {
  const places = new Map([origin, ...read.filter((id) => id !== origin)].map((id, place) => [id, place]))
  return {
    ...named(
      origin,
      (a, b) => places.get(a)! - places.get(b)!,
      (text) => places.has(text),
    ),
    asRead: true,
  }
}

const named = (origin: string, compare: CompareIds, isId: (text: string) => boolean): IdOrder => ({
  origin: BEFORE_ALL,
  isId: (text): text is StreamId => isName(text) || (typeof text === 'string' && isId(text)),
  compare: (a, b) => (isName(a) && isName(b) ? compareNames(a, b) : compare(a, b)),
  renaming: renamingFrom(origin),
})

const renamingFrom = (origin: string): IdRenaming => ({
  concerns: () => true,
  names: ({ inOrder, assigned }) => {
    const names = new Map<string, string>()
    let entry = 0
    let behind = 0
    for (const id of inOrder) {
      if (id === origin && !assigned.has(id)) names.set(id, BEFORE_ALL)
      else {
        behind = assigned.has(id) ? 0 : behind + 1
        if (behind === 0) entry++
        names.set(id, behind === 0 ? `#${entry}` : `#${entry}+${behind}`)
      }
    }
    return names
  },
})

/** Does the order know this text, at or above the origin? */
export function isOrdered(text: string, origin: string, compare: CompareIds): boolean {
  try {
    return compare(text, text) === 0 && compare(text, origin) >= 0
  } catch {
    return false
  }
}
