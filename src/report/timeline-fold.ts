/**
 * Folding: a timeline shows what matters, and says how much it leaves out.
 *
 *  1. Entries that were appended or delivered one after the other, and many of them, are one row.
 *  2. A read cycle that is the same as the one before it, but for its number, is counted and not shown; so is a question for
 *     the tail that fails again.
 *  3. The fence is one line where it was delivered. Where it was not, that is what the reader must see.
 *  4. What is still too long loses rows in the middle, but never those near an entry that was lost.
 */
import type { Draft } from './timeline-row.js'
import { count, number, range } from './words.js'

/** Rows that are shown of a very long run: at each end, and around what is bad. */
const ENDS = 16
const AROUND = 3
const MAX_ROWS = 48
/** So many appends or deliveries in a row still get a row each. */
const FEW = 3

export function fold(drafts: readonly Draft[]): readonly Draft[] {
  return elide(foldFence(foldCycles(foldGroups(drafts))))
}

function foldGroups(drafts: readonly Draft[]): Draft[] {
  const folded: Draft[] = []
  for (let at = 0; at < drafts.length; ) {
    const first = drafts[at]!
    let end = at + 1
    while (end < drafts.length && sameGroup(first, drafts[end]!)) end++
    const run = drafts.slice(at, end)
    folded.push(...(run.length > FEW || (run.length > 1 && first.group?.what !== 'append') ? [together(run)] : run))
    at = end
  }
  return folded
}

const sameGroup = (a: Draft, b: Draft) => a.group !== undefined && a.group.what === b.group?.what && a.consumer === b.consumer

function together(run: readonly Draft[]): Draft {
  const names = run.flatMap(({ group }) => group?.names ?? [])
  const ids = run.flatMap(({ group }) => group?.ids ?? [])
  const first = run.find(({ tone }) => tone === 'bad') ?? run[0]!
  const base = { ...first, at: run[0]!.at, until: run.at(-1)!.at }
  switch (first.group!.what) {
    case 'append':
      return { ...base, storeText: range(ids), producerText: `append ${range(names)}` }
    case 'poison':
      return {
        ...base,
        storeText: range(ids),
        producerText: `add ${count(ids.length, 'undecodable entry')}`.replace('undecodable entries', 'undecodable'),
      }
    case 'deliver':
      return { ...base, consumerText: `delivers ${range(names, 2)}${ids.length === 0 ? '' : ` (${range(ids, 2)})`}` }
  }
}

const beginsCycle = ({ read, failedTail }: Draft) => read !== undefined || failedTail === true

/** From one read to the next of the same consumer, with nothing of anybody else's between. Undefined: there is no next. */
function cycleAt(drafts: readonly Draft[], begin: number): number | undefined {
  const { consumer } = drafts[begin]!
  if (!beginsCycle(drafts[begin]!)) return undefined
  for (let at = begin + 1; at < drafts.length; at++) {
    const draft = drafts[at]!
    if (draft.kind === 'note' || draft.consumer !== consumer) return undefined
    if (beginsCycle(draft)) return at
  }
  return undefined
}

const looks = (drafts: readonly Draft[]): string =>
  JSON.stringify(
    drafts.map(({ kind, consumerText, consumerArrow, storeText }) => [kind, consumerText?.replace(/#\d+/, '#'), consumerArrow, storeText]),
  )

function foldCycles(drafts: readonly Draft[]): Draft[] {
  const folded: Draft[] = []
  for (let at = 0; at < drafts.length; ) {
    let end = cycleAt(drafts, at)
    if (end === undefined) {
      folded.push(drafts[at++]!)
      continue
    }
    const first = drafts.slice(at, end)
    folded.push(...first)
    const repeats: Draft[] = []
    for (
      let next = cycleAt(drafts, end);
      next !== undefined && looks(drafts.slice(end, next)) === looks(first);
      next = cycleAt(drafts, end)
    ) {
      repeats.push(drafts[end]!)
      end = next
    }
    if (repeats.length > 0) folded.push({ kind: 'note', at: drafts[end - 1]!.at, note: repeated(repeats, first), ...consumerOf(first[0]!) })
    at = end
  }
  return folded
}

const consumerOf = ({ consumer }: Draft) => (consumer === undefined ? {} : { consumer })

function repeated(first: readonly Draft[], cycle: readonly Draft[]): string {
  const reads = first.flatMap(({ read }) => read ?? [])
  if (reads.length === 0) return `… fails ${count(first.length, 'more time')}`
  const what = cycle[1]?.consumerText === 'empty' ? 'more empty read' : 'more read like it'
  const noun = reads.length === 1 ? what : what.replace('read', 'reads')
  return `… ${number(reads.length)} ${noun} (${range(reads.map((read) => `#${read}`))})`
}

function foldFence(drafts: readonly Draft[]): Draft[] {
  const fence = drafts.findIndex((draft) => draft.fence === 'appended')
  if (fence === -1) return [...drafts]
  const id = drafts[fence]!.storeText ?? '?'
  const dropped = new Set<number>()
  const folds: Draft[] = []
  let undelivered = drafts.slice(0, fence).some(({ consumer }) => consumer !== undefined)
  for (const [at, draft] of drafts.entries()) {
    if (draft.fence !== 'delivered' || draft.consumer === undefined || at < fence) continue
    undelivered = false
    const waits = drafts.findLastIndex((other, place) => place < at && other.consumer === draft.consumer && other.read !== undefined)
    for (let place = Math.max(0, waits); place <= at; place++) if (drafts[place]!.consumer === draft.consumer) dropped.add(place)
    // The pause before that read leads to nothing that is shown.
    if (drafts[waits - 1]?.kind === 'pause' && drafts[waits - 1]?.consumer === draft.consumer) dropped.add(waits - 1)
    const read = drafts[waits]?.read
    folds.push({
      kind: 'note',
      at: draft.at,
      consumer: draft.consumer,
      note: `… ${read === undefined ? 'it' : `read #${read}`} delivers ${id}, the fence that the harness appends last`,
    })
  }
  if (!undelivered) dropped.add(fence)
  return [
    ...drafts.filter((_, at) => at < fence && !dropped.has(at)),
    ...folds,
    ...drafts.filter((_, at) => at >= fence && !dropped.has(at)),
  ]
}

function elide(drafts: readonly Draft[]): readonly Draft[] {
  if (drafts.length <= MAX_ROWS) return drafts
  const near = (at: number) => drafts.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ tone }) => tone === 'bad')
  const kept = drafts.map((_, at) => at < ENDS || at >= drafts.length - ENDS || near(at))
  return drafts.flatMap((draft, at): Draft[] => {
    if (kept[at]) return [draft]
    if (!kept[at - 1]) return []
    const end = kept.indexOf(true, at)
    return [{ kind: 'note', at: draft.at, note: `… ${count(end - at, 'row')} left out` }]
  })
}
