/**
 * Why: each anomaly as a sentence or two, made from what the history says and nothing else.
 *
 * Losses are told as a course of events (see `explainLosses`), one paragraph for all the entries that were lost in the
 * same way. Whatever else was found has its evidence, unless the loss that it led to has been told already.
 */
import { type Analysis, analyse, type Owed, type Read, type Session } from '../oracle/analysis.js'
import { type Anomaly, LOST } from '../oracle/anomaly.js'
import { culpritRecord } from '../oracle/catalogue/culprits.js'
import { type Culprit, Culprits } from '../oracle/culprit.js'
import type { Dialect } from '../dialects/dialect.js'
import type { Words } from '../dialects/words.js'
import type { Verdict } from '../oracle/check.js'
import { type History, type HistoryEvent, FENCE } from '../history/event.js'
import type { CaseResult, Continuation, MomentKind } from './result.js'
import { areNeighbours, visible, capital, count, few, list, number, range } from './text.js'
import type { StreamId } from '../contract/stream-id.js'

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

/** Why a case came out as it did, and until when it could have come out otherwise. */
export const whyOf = (result: CaseResult, dialect: Dialect): readonly string[] => [
  ...explain(result.history, result.verdict, dialect),
  ...momentOf(result).map(visible),
]

// ── The point of no return ──

const CONTINUED: Readonly<Record<Continuation, string>> = {
  idle: 'left alone',
  append: 'with one more append',
  ahead: 'with the consumer going first',
  restart: 'with its client coming back',
}

const STILL: Readonly<Record<Continuation, string>> = {
  idle: 'Left alone for longer it is delivered all the same.',
  append: 'A later entry would still bring it.',
  ahead: 'With the consumer going first it would still come.',
  restart: 'A client that comes back with the last id it has would still get it.',
}

const MOMENTS: Readonly<Record<MomentKind, string>> = {
  append: 'its append',
  'later-append': 'the next append',
  notification: 'the channel was told',
  'time-out': 'the read timed out',
  fault: 'the failure',
  removal: 'the removal',
  disconnect: 'the connection was cut',
  status: 'the status said done',
  'other-consumer': 'another consumer moved',
  'own-move': 'the consumer went on',
}

function momentOf({ noReturn, schedule, history }: CaseResult): string[] {
  // Before its own append an entry was not there: that nothing can bring it from then on, the rest says.
  if (noReturn === undefined || noReturn.kind === 'append') return []
  const { step, kind, value, continuations, runs, stillBy = [] } = noReturn
  const tried = `${list(continuations.map((each) => CONTINUED[each]))}; ${count(runs, 'run')}`
  const later = stillBy.map((each) => ` ${STILL[each]}`).join('')
  // Nothing is cut where a client leaves.
  const moment = history[noReturn.at]?.type === 'aborted' ? 'its client left' : MOMENTS[kind]
  const until = `${moment}${step < schedule.steps.length ? ` (step ${step + 1})` : ''}`
  return [`Until ${until}, ${value} could still have been delivered: run again up to there and on, it is lost (${tried}).${later}`]
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
    const entries = ids.length === 1 ? `Entry ${ids[0]!} is` : `${count(ids.length, 'entry')} (${rangeOf(ids, session, analysis)}) are`
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
// Which act lost an entry, the oracle says (../oracle/culprit.ts). Here it is told: after what of the consumer's the entry was appended, which
// opened the window; what the culprit did; and whether a later read can still reach it.

interface Loss {
  readonly entry: Owed
  readonly session: Session
  /** What opened the window, as a clause. */
  readonly after: string
  readonly culprit: Culprit
}

export function explainLosses(words: Words, analysis: Analysis, anomalies: readonly Anomaly[]): string[] {
  const culprits = new Culprits(analysis)
  const groups = new Map<string, Loss[]>()
  for (const anomaly of anomalies) {
    const session = analysis.sessions.find((each) => isOf(each, anomaly))
    const entry = session?.undelivered.find(({ value, id }) => value === anomaly.value && id === anomaly.id)
    if (session === undefined || entry === undefined) continue
    // A report of an earlier version names none.
    const culprit = anomaly.culprit ?? culprits.of(session, entry)
    const loss = { entry, session, after: opening(analysis, session, entry), culprit }
    const key = JSON.stringify([session.consumer, session.session, loss.after, culprit.name, culprit.read])
    groups.set(key, [...(groups.get(key) ?? []), loss])
  }
  return [...groups.values()].map((losses) => tell(words, culprits, losses))
}

function tell(words: Words, culprits: Culprits, losses: readonly Loss[]): string {
  const { analysis } = culprits
  const { session, after, culprit, entry } = losses[0]!
  const ids = losses.map(({ entry: { id } }) => id).sort(analysis.ids.compare)
  const they = ids.length === 1 ? 'it' : 'them'
  const several = analysis.sessions.some(({ consumer, session: number }) => consumer !== session.consumer || number !== session.session)
  const named = ids.length === 1 ? ids[0]! : entries(ids, session, analysis)
  const one = entry.value === FENCE ? `the fence, ${named},` : `entry ${named}`
  const what = ids.length === 1 ? `${one} was` : `${named} were`
  const subject = `${several ? `For ${who(analysis, session).replace(/,$/, '')}, ${what}` : capital(what)} appended ${after}`
  const record = culpritRecord(culprit.name)
  if (record === undefined) return `${subject}.`
  const read = culprits.readsOf(session).find((each) => each.read === culprit.read)
  const told = record.tell({
    read: `read #${culprit.read ?? '?'}`,
    asked: culprit.read !== undefined,
    again: read !== undefined && culprits.arrivalOf(read) !== read.sent,
    before: read !== undefined && read.sent < entry.called,
    anew: isAskedAnew(analysis, session, culprit),
    from: culprit.from ?? '?',
    were: `${named} ${ids.length === 1 ? 'was' : 'were'}`,
    they,
    words,
    answer: read === undefined ? 'nothing' : answer(read, analysis),
    although: read === undefined ? '' : beforeJump(culprits, session, read),
    late: session.delivered.some(({ value }) => value === entry.value),
  })
  return `${subject}${told.startsWith(' and') ? '' : '. '}${told.startsWith(' and') ? told : capital(told)}${prospect(culprits, session, culprit, they)}`
}

/** A tail that this culprit is about: is it one of several that were asked for in this session? */
const isAskedAnew = ({ tails }: Analysis, { consumer, begin }: Session, { at }: Culprit): boolean =>
  tails.filter((tail) => tail.consumer === consumer && tail.returned > begin && tail.returned <= at).length > 1

/** What the consumer had, before its cursor was where it should not be. */
function beforeJump(culprits: Culprits, session: Session, read: Read): string {
  const last = session.delivered.findLast(({ at, value }) => at < read.called && value !== FENCE)
  const previous = culprits.readsOf(session).findLast((other) => other.called < read.called)
  const failed = previous !== undefined && !previous.complete && previous.returned !== Number.POSITIVE_INFINITY
  const why = failed ? ` (read #${previous.read} had not been read to its end)` : ''
  return last === undefined
    ? `although nothing had been delivered yet${why}`
    : `although the last entry delivered was ${last.id ?? last.value!}${why}`
}

function answer({ outcome, entries: got }: Read, { ids }: Analysis): string {
  if (outcome !== 'batch') return 'nothing'
  const given = got.map(({ id }) => id)
  if (given.length <= 3) return given.join(', ')
  const descend = given.every(
    (id, at) => at === 0 || (ids.isId(id) && ids.isId(given[at - 1]!) && ids.compare(given[at - 1]! as StreamId, id) > 0),
  )
  if (descend) return `${given.length} entries in descending order (${given[0]!} … ${given.at(-1)!})`
  const highest = given.reduce((most, id) => (ids.isId(id) && ids.isId(most) && ids.compare(id, most) > 0 ? id : most))
  return `${given.length} entries up to ${highest}`
}

/** Said only where it is so: no later read asks from below. */
function prospect(culprits: Culprits, session: Session, { name, read: number, from: above }: Culprit, they: string): string {
  const { ids } = culprits.analysis
  if (culpritRecord(name)?.passes !== true || above === undefined) return ''
  const reads = culprits.readsOf(session)
  const later = reads.slice(reads.findIndex(({ read }) => read === number) + 1).filter(({ sent }) => sent !== Number.POSITIVE_INFINITY)
  const beyond = later.every((read) => {
    const from = culprits.originOf(read)
    return from !== undefined && ids.compare(from, above as StreamId) >= 0
  })
  return later.length === 0 || !beyond ? '' : ` Every later read asks for ids above ${above}, so nothing can reach ${they}.`
}

const entries = (ids: readonly StreamId[], session: Session, analysis: Analysis): string =>
  ids.length <= 4 ? `entries ${list(ids)}` : `${count(ids.length, 'entry')} (${rangeOf(ids, session, analysis)})`

/** `1-0 … 9-0`; where this session delivered others in between, the first ones, and how many more. */
function rangeOf(ids: readonly string[], { delivered, undelivered }: Session, { ids: { compare, isId } }: Analysis): string {
  const known = [...undelivered, ...delivered].flatMap(({ id }) => (id !== undefined && isId(id) ? [id] : []))
  return areNeighbours(ids, [...new Set(known)].sort(compare)) ? range(ids) : list(few(ids))
}

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
      return event.how === 'done' ? undefined : `after read #${event.read} ${event.how === 'error' ? 'had failed' : 'had been left'}`
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
