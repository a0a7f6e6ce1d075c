/**
 * How an entry was lost, step by step:
 *
 *  1. After what of the consumer's it was appended: that opened the window.
 *  2. Its culprit: the first read afterwards that should have brought the entry and did not. Either it asked from the
 *     entry's id or beyond, and then the question is how its cursor came there (`$` resolved anew, the tail asked for
 *     again, a jump); or it asked from the right place, and then the answer was wrong; or it brought the entry, and the
 *     consumer kept it to itself.
 *  3. Whether a later read can still reach it.
 */
import type { Analysis, Read } from '../oracle/analysis.js'
import type { Anomaly } from '../oracle/anomaly.js'
import { type Owed, type Session, tookInGroup } from '../oracle/sessions.js'
import { LATEST, type StreamId, compareIds, isAfter, isStreamId } from '../contract/stream-id.js'
import { FENCE } from '../history/event.js'
import { opening, who } from './explain-clauses.js'
import { servedFrom } from './log-at.js'
import { capital, count } from './words.js'

interface Loss {
  readonly entry: Owed
  readonly session: Session
  /** What opened the window, as a clause. */
  readonly after: string
  readonly culprit: Culprit | undefined
}

type Culprit = { readonly read: Read } & (
  | { readonly how: 'latest' | 'tail-again' | 'jumped'; readonly from: StreamId; readonly at: number }
  | { readonly how: 'left-out'; readonly from: StreamId }
  /** Where it asked from, if that is an id: a group's own place (`>`) is none. */
  | { readonly how: 'kept'; readonly from: StreamId | undefined }
  | { readonly how: 'pending'; readonly from: undefined }
)

export function explainLosses(analysis: Analysis, anomalies: readonly Anomaly[]): string[] {
  const groups = new Map<string, Loss[]>()
  for (const anomaly of anomalies) {
    const session = analysis.sessions.find((each) => each.consumer === anomaly.consumer && each.session === anomaly.session)
    const entry = session?.undelivered.find(({ value, id }) => value === anomaly.value && id === anomaly.id)
    if (session === undefined || entry === undefined) continue
    const loss = { entry, session, after: opening(analysis, session, entry), culprit: culpritOf(analysis, session, entry) }
    const key = JSON.stringify([session.consumer, session.session, loss.after, loss.culprit?.how, loss.culprit?.read.read])
    groups.set(key, [...(groups.get(key) ?? []), loss])
  }
  return [...groups.values()].map((losses) => tell(analysis, losses))
}

const readsOf = (analysis: Analysis, session: Session): Read[] =>
  analysis.reads.filter(({ consumer, called }) => consumer === session.consumer && called >= session.begin && called < session.end)

function culpritOf(analysis: Analysis, session: Session, entry: Owed): Culprit | undefined {
  for (const read of readsOf(analysis, session)) {
    const from = servedFrom(analysis.history, read.cursor, arrived(analysis, read))
    // A read that came back before the append has nothing to do with it; nor has one that was never sent.
    if (read.sent === Number.POSITIVE_INFINITY || read.returned < entry.called) continue
    if (read.entries.some(({ id }) => id === entry.id)) return { read, from, how: 'kept' }
    if (tookInGroup(read, entry, session)) return { read, from: undefined, how: 'pending' }
    if (from === undefined) continue
    if (!isAfter(entry.id, from)) return { read, from, ...passed(analysis, session, entry, read) }
    if (answersWrong(entry, read)) return { read, from, how: 'left-out' }
  }
  return undefined
}

/** When it reached the store for good: a client that is cut off sends its read anew, and a `$` in it is resolved again. */
function arrived({ history }: Analysis, read: Read): number {
  const mine = history.slice(0, read.returned)
  const cut = mine.findLastIndex((event, at) => at > read.sent && event.type === 'disconnected' && event.consumer === read.consumer)
  const again = mine.findIndex((event, at) => at > cut && event.type === 'blocked' && event.consumer === read.consumer)
  return cut === -1 || again === -1 ? read.sent : again
}

/** It was there before the read was sent, and the answer is empty or goes on beyond it. */
function answersWrong(entry: Owed, read: Read): boolean {
  if (read.outcome === 'empty') return entry.returned < read.sent
  return read.outcome === 'batch' && read.entries.some(({ id }) => isStreamId(id) && isAfter(id, entry.id))
}

function passed(
  { tails, sessions }: Analysis,
  session: Session,
  entry: Owed,
  read: Read,
): { how: 'latest' | 'tail-again' | 'jumped'; at: number } {
  if (read.cursor === LATEST) return { how: 'latest', at: read.sent }
  const tail = tails.findLast(
    ({ consumer, returned, id }) => consumer === read.consumer && returned < read.called && returned > entry.called && id === read.cursor,
  )
  if (tail !== undefined && sessions.includes(session)) return { how: 'tail-again', at: tail.returned }
  return { how: 'jumped', at: read.called }
}

function tell(analysis: Analysis, losses: readonly Loss[]): string {
  const { session, after, culprit } = losses[0]!
  const ids = losses.map(({ entry }) => entry.id).sort(compareIds)
  const they = ids.length === 1 ? 'it' : 'them'
  const several = analysis.sessions.some(({ consumer, session: number }) => consumer !== session.consumer || number !== session.session)
  const what = ids.length === 1 ? `entry ${ids[0]!} was` : `${entries(ids)} were`
  const subject = `${several ? `For ${who(analysis, session).replace(/,$/, '')}, ${what}` : capital(what)} appended ${after}`
  if (culprit === undefined) return `${subject}. No later read of this session asked for ${they}.`
  const read = `read #${culprit.read.read}`
  const asked = culprit.from === undefined ? `${read} asked for what is new` : `${read} asked for ids above ${culprit.from}`
  const again = arrived(analysis, culprit.read) === culprit.read.sent ? '' : 'was sent again and '
  const there = ids.length === 1 ? `${ids[0]!} was` : `${entries(ids)} were`
  const later = prospect(analysis, session, culprit, they)
  switch (culprit.how) {
    case 'latest':
      return `${subject} and before ${read} ${again}resolved "$" to ${culprit.from}.${later}`
    case 'tail-again':
      return `${subject}. Then the consumer asked for the tail again, got ${culprit.from}, and took it for its cursor.${later}`
    case 'jumped':
      return `${subject}. Then ${asked}, ${beforeJump(analysis, session, culprit)}.${later}`
    case 'left-out':
      return `${subject}. ${capital(asked)} and returned ${answer(culprit.read)} although ${there} there: the read is wrong, not the cursor.`
    case 'pending':
      return `${subject}. ${capital(read)} failed, and for the group ${they === 'it' ? 'it has' : 'they have'} been given out: ">" does not give ${they} again, a read of what is pending would.`
    case 'kept':
      return `${subject}. ${capital(asked)} and returned ${they}, but the consumer never handed ${they} out.`
  }
}

/** What the consumer had, before its cursor was where it should not be. */
function beforeJump(analysis: Analysis, session: Session, { read }: Culprit): string {
  const last = session.delivered.findLast(({ at, value }) => at < read.called && value !== FENCE)
  const previous = readsOf(analysis, session).findLast((other) => other.called < read.called)
  const failed = previous !== undefined && !previous.complete && previous.returned !== Number.POSITIVE_INFINITY
  const why = failed ? ` (read #${previous.read} had not been read to its end)` : ''
  return last === undefined
    ? `although nothing had been delivered yet${why}`
    : `although the last entry delivered was ${last.id ?? last.value!}${why}`
}

function answer({ outcome, entries: got }: Read): string {
  if (outcome === 'empty') return 'nothing'
  return got.length > 3 ? `${got.length} entries up to ${got.at(-1)!.id}` : got.map(({ id }) => id).join(', ')
}

/** Said only where it is so: no later read asks from below. */
function prospect(analysis: Analysis, session: Session, culprit: Culprit, they: string): string {
  const above = culprit.from
  if (above === undefined) return ''
  const later = readsOf(analysis, session).filter(({ called, sent }) => called > culprit.read.called && sent !== Number.POSITIVE_INFINITY)
  const from = later.map(({ cursor, sent }) => servedFrom(analysis.history, cursor, sent))
  if (!from.every((id) => id !== undefined && compareIds(id, above) >= 0)) return ''
  return later.length === 0 ? '' : ` Every later read asks for ids above ${above}, so nothing can reach ${they}.`
}

const entries = (ids: readonly string[]): string =>
  ids.length <= 4
    ? `entries ${ids.slice(0, -1).join(', ')} and ${ids.at(-1)!}`
    : `${count(ids.length, 'entry')} (${ids[0]!} … ${ids.at(-1)!})`
