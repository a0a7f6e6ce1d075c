/**
 * Why: each anomaly as a sentence or two, made from what the history says and nothing else.
 *
 * Losses are told as a course of events (see `explainLosses`), one paragraph for all the entries that were lost in the
 * same way. Whatever else was found has its evidence, unless the loss that it led to has been told already.
 */
import { type Analysis, analyse, type MessageFate, type Read, type Session, type Owed, tookInGroup } from '../oracle/analysis.js'
import { type Anomaly, LOST } from '../oracle/anomaly.js'
import type { Dialect } from '../dialects/dialect.js'
import type { Words } from '../dialects/words.js'
import type { Verdict } from '../oracle/check.js'
import { type History, type HistoryEvent, FENCE } from '../history/event.js'
import { visible, capital, count, number, range } from './text.js'
import type { StreamId } from '../contract/stream-id.js'
import { servedFrom } from './timeline/log.js'

/** More than this, and nobody reads them; the list of anomalies has them all. */
const MAX_OF_A_KIND = 2
const MAX_PARAGRAPHS = 5

export function explain(
  history: History,
  { anomalies, reasons }: Pick<Verdict, 'anomalies' | 'reasons'>,
  { ids, words }: Dialect,
): readonly string[] {
  const analysis = analyse(history, { ids })
  const told = new Set(anomalies.filter(isLoss).map(({ value }) => value))
  const rest = anomalies.filter((anomaly) => !isLoss(anomaly) && (anomaly.value === undefined || !told.has(anomaly.value)))
  const paragraphs = [
    ...explainLosses(
      words,
      analysis,
      anomalies.filter(({ code }) => LOST.has(code)),
    ),
    ...explainEnds(
      analysis,
      anomalies.filter(({ code }) => code === 'premature-end'),
    ),
    ...explainRest(rest),
    ...reasons.map((reason) => sentence(`${anomalies.length > 0 ? 'Beyond that, nothing' : 'Nothing'} can be concluded: ${reason}`)),
  ]
  return paragraphs.slice(0, MAX_PARAGRAPHS).map(visible)
}

const isLoss = ({ code }: Anomaly) => LOST.has(code) || code === 'premature-end'

/** A session that ended by itself while something was owed: after what, and with what left in the log. */
function explainEnds(analysis: Analysis, anomalies: readonly Anomaly[]): string[] {
  const sessions = analysis.sessions.filter((session) => anomalies.some((anomaly) => isOf(session, anomaly)))
  return sessions.map((session) => {
    const ids = anomalies.filter((anomaly) => isOf(session, anomaly)).map(({ id, value }) => id ?? value ?? '?')
    const { history } = analysis
    const { closed, consumer, begin } = session
    const end = closed?.at ?? session.end
    const last = history
      .slice(begin, end)
      .findLast((event) => 'consumer' in event && event.consumer === consumer && told(event) !== undefined)
    const finished = history.slice(begin, end).some(({ type }) => type === 'finished')
    const how = closed?.how === 'threw' ? `threw (${closed.error ?? 'no message'}) and ended` : 'ended by itself'
    const when = `${finished ? ', when the status said "done",' : ''}${last === undefined ? '' : ` after ${told(last)!}`}`
    const entries = ids.length === 1 ? `Entry ${ids[0]!} is` : `${count(ids.length, 'entry')} (${range(ids)}) are`
    return `${capital(who(analysis, session))} ${how}${when}. ${entries} in the log and owed, and nobody reads on.`
  })
}

const isOf = (session: Session, { consumer, session: number }: Anomaly) => session.consumer === consumer && session.session === number

function told(event: HistoryEvent): string | undefined {
  if (event.type === 'delivered') return `it had delivered ${event.id ?? event.value ?? 'an entry'}`
  if (event.type === 'read-returned' && event.outcome !== 'batch')
    return `read #${event.read} ${event.outcome === 'empty' ? 'returned empty' : 'failed'}`
  if (event.type === 'announced') return 'it had announced that it was ready'
  return undefined
}

function explainRest(anomalies: readonly Anomaly[]): string[] {
  const codes = [...new Set(anomalies.map(({ code }) => code))]
  return codes.flatMap((code) => {
    const evidence = [...new Set(anomalies.filter((anomaly) => anomaly.code === code).map((anomaly) => anomaly.evidence))]
    const shown = evidence.slice(0, MAX_OF_A_KIND).map(sentence)
    const more = evidence.length - shown.length
    return [more > 0 ? `${shown.join(' ')} And ${number(more)} more of the kind.` : shown.join(' ')]
  })
}

const sentence = (text: string): string => capital(/[.!?]$/.test(text) ? text : `${text}.`)

// ── Losses ──
//
// How an entry was lost, step by step:
//
//  1. After what of the consumer's it was appended: that opened the window.
//  2. Its culprit: the first read afterwards that should have brought the entry and did not. Either it asked from the
//     entry's id or beyond, and then the question is how its cursor came there (`$` resolved anew, the tail asked for
//     again, a jump); or it asked from the right place, and then the answer was wrong; or it brought the entry, and the
//     consumer kept it to itself.
//  3. Whether a later read can still reach it.

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

export function explainLosses(words: Words, analysis: Analysis, anomalies: readonly Anomaly[]): string[] {
  const groups = new Map<string, Loss[]>()
  for (const anomaly of anomalies) {
    const session = analysis.sessions.find((each) => each.consumer === anomaly.consumer && each.session === anomaly.session)
    const entry = session?.undelivered.find(({ value, id }) => value === anomaly.value && id === anomaly.id)
    if (session === undefined || entry === undefined) continue
    const loss = { entry, session, after: opening(analysis, session, entry), culprit: culpritOf(analysis, session, entry) }
    const key = JSON.stringify([session.consumer, session.session, loss.after, loss.culprit?.how, loss.culprit?.read.read])
    groups.set(key, [...(groups.get(key) ?? []), loss])
  }
  return [...groups.values()].map((losses) => tell(words, analysis, losses))
}

/** What it read when the fence had woken it is none of them. */
const readsOf = (analysis: Analysis, { consumer, begin, end, rested = end }: Session): Read[] =>
  analysis.reads.filter((read) => read.consumer === consumer && read.called >= begin && read.called < Math.min(end, rested))

function culpritOf(analysis: Analysis, session: Session, entry: Owed): Culprit | undefined {
  for (const read of readsOf(analysis, session)) {
    const from = servedFrom(analysis.history, read.cursor, arrived(analysis, read), analysis.ids)
    // A read that came back before the append has nothing to do with it; nor has one that was never sent.
    if (read.sent === Number.POSITIVE_INFINITY || read.returned < entry.called) continue
    if (read.entries.some(({ id }) => id === entry.id)) return { read, from, how: 'kept' }
    if (tookInGroup(read, entry, session)) return { read, from: undefined, how: 'pending' }
    if (from === undefined) continue
    if (analysis.ids.compare(entry.id, from) <= 0) return { read, from, ...passed(analysis, session, entry, read) }
    if (answersWrong(analysis, entry, read)) return { read, from, how: 'left-out' }
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
function answersWrong({ ids }: Analysis, entry: Owed, read: Read): boolean {
  if (read.outcome === 'empty') return entry.returned < read.sent
  return read.outcome === 'batch' && read.entries.some(({ id }) => ids.isId(id) && ids.compare(id, entry.id) > 0)
}

function passed(
  { tails, sessions, ids }: Analysis,
  session: Session,
  entry: Owed,
  read: Read,
): { how: 'latest' | 'tail-again' | 'jumped'; at: number } {
  if (read.cursor === ids.latest) return { how: 'latest', at: read.sent }
  const tail = tails.findLast(
    ({ consumer, returned, id }) => consumer === read.consumer && returned < read.called && returned > entry.called && id === read.cursor,
  )
  if (tail !== undefined && sessions.includes(session)) return { how: 'tail-again', at: tail.returned }
  return { how: 'jumped', at: read.called }
}

function tell(words: Words, analysis: Analysis, losses: readonly Loss[]): string {
  const { session, after, culprit } = losses[0]!
  const ids = losses.map(({ entry }) => entry.id).sort(analysis.ids.compare)
  const they = ids.length === 1 ? 'it' : 'them'
  const several = analysis.sessions.some(({ consumer, session: number }) => consumer !== session.consumer || number !== session.session)
  const what = ids.length === 1 ? `entry ${ids[0]!} was` : `${entries(ids)} were`
  const subject = `${several ? `For ${who(analysis, session).replace(/,$/, '')}, ${what}` : capital(what)} appended ${after}`
  if (culprit === undefined) return `${subject}. ${unasked(losses[0]!, they)}`
  const read = `read #${culprit.read.read}`
  const asked = culprit.from === undefined ? `${read} asked for what is new` : `${read} asked for ids above ${culprit.from}`
  const again = arrived(analysis, culprit.read) === culprit.read.sent ? '' : 'was sent again and '
  const there = ids.length === 1 ? `${ids[0]!} was` : `${entries(ids)} were`
  const later = prospect(analysis, session, culprit, they)
  switch (culprit.how) {
    case 'latest':
      return `${subject} and before ${read} ${again}resolved ${words.latest} to ${culprit.from}.${later}`
    case 'tail-again':
      return `${subject}. Then the consumer asked for the tail again, got ${culprit.from}, and took it for its cursor.${later}`
    case 'jumped':
      return `${subject}. Then ${asked}, ${beforeJump(analysis, session, culprit)}.${later}`
    case 'left-out':
      return `${subject}. ${capital(asked)} and returned ${answer(culprit.read)} although ${there} there: the read is wrong, not the cursor.`
    case 'pending':
      return `${subject}. ${capital(read)} failed, and for the group ${they === 'it' ? 'it has' : 'they have'} been given out: ${words.undelivered} does not give ${they} again, a read of what is pending would.`
    case 'kept':
      return `${subject}. ${capital(asked)} and returned ${they}, but the consumer never handed ${they} out.`
  }
}

/** Nothing was read that could have brought it. */
function unasked({ entry, session }: Loss, they: 'it' | 'them'): string {
  const read = `no later read of this session asked for ${they}`
  const late = session.delivered.some(({ value }) => value === entry.value)
  const woken = late ? ` The consumer handed ${they} out only when the next message woke it.` : ''
  const { message } = entry
  if (message === undefined) return `${capital(read)}.`
  return `${MESSAGES[message](they)} ${read}.${woken}`
}

const MESSAGES: Readonly<Record<MessageFate, (they: string) => string>> = {
  'too-early': (they) => `The consumer did not listen yet when the channel was told of ${they}, and`,
  missed: (they) => `No message that told of ${they} reached the consumer, and`,
  told: (they) => `The consumer got the message that told of ${they} and made nothing of it:`,
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
  const from = later.map(({ cursor, sent }) => servedFrom(analysis.history, cursor, sent, analysis.ids))
  if (!from.every((id) => id !== undefined && analysis.ids.compare(id, above) >= 0)) return ''
  return later.length === 0 ? '' : ` Every later read asks for ids above ${above}, so nothing can reach ${they}.`
}

const entries = (ids: readonly string[]): string =>
  ids.length <= 4
    ? `entries ${ids.slice(0, -1).join(', ')} and ${ids.at(-1)!}`
    : `${count(ids.length, 'entry')} (${ids[0]!} … ${ids.at(-1)!})`

// ── Clauses ──
//
// Parts of sentences that explanations share: whose session it is, and what of its came before an append.

/** `after read #1 returned empty`, `while read #2 was waiting`. */
export function opening({ history }: Analysis, session: Session, entry: Owed): string {
  if (entry.called < session.begin) return 'before this session began'
  for (let at = entry.called - 1; at >= session.begin; at--) {
    const event = history[at]!
    if (!('consumer' in event) || event.consumer !== session.consumer) continue
    const clause = clauseOf(event)
    if (clause !== undefined) return clause
  }
  return 'after the session began'
}

function clauseOf(event: HistoryEvent): string | undefined {
  switch (event.type) {
    case 'blocked':
    case 'expired':
    case 'read-sent':
      return `while read #${event.read} was waiting`
    case 'read-returned':
      return `after read #${event.read} ${{ empty: 'returned empty', batch: 'returned a batch', error: 'failed' }[event.outcome]}`
    case 'read-ended':
      // One that is done has said so when it returned.
      return event.how === 'done'
        ? undefined
        : `after read #${event.read} ${event.how === 'error' ? 'had failed half-way' : 'had been left'}`
    case 'delivered':
      return `after ${event.id ?? event.value ?? 'an entry'} was delivered`
    case 'announced':
      return 'after the consumer announced that it was ready'
    case 'tail-returned':
      return event.error === undefined ? `after the tail was returned as ${event.id ?? 'nothing'}` : undefined
    case 'command-returned':
      return `after ${event.command} was answered`
    case 'notified':
      return event.value === undefined ? undefined : `after it was told of ${event.value}`
    case 'disconnected':
      return 'after the connection was cut'
    default:
      return undefined
  }
}

/** "the consumer", with its number where there are several, and its session where it was started again. */
export function who({ sessions }: Analysis, { consumer, session }: Pick<Session, 'consumer' | 'session'>): string {
  const name = sessions.some((other) => other.consumer !== consumer) ? `consumer ${consumer}` : 'the consumer'
  return session === 0 ? name : `${name}, started again,`
}
