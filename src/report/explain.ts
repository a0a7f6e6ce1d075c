/**
 * Why: each anomaly as a sentence or two, made from what the history says and nothing else.
 *
 * Losses are told as a course of events (see explain-loss.ts), one paragraph for all the entries that were lost in the
 * same way. Whatever else was found has its evidence, unless the loss that it led to has been told already.
 */
import { type Analysis, analyse } from '../oracle/analysis.js'
import { type Anomaly, LOST } from '../oracle/anomaly.js'
import type { Verdict } from '../oracle/check.js'
import type { Session } from '../oracle/sessions.js'
import type { History, HistoryEvent } from '../history/event.js'
import { who } from './explain-clauses.js'
import { explainLosses } from './explain-loss.js'
import { visible } from './text.js'
import { capital, count, number, range } from './words.js'

/** More than this, and nobody reads them; the list of anomalies has them all. */
const MAX_OF_A_KIND = 2
const MAX_PARAGRAPHS = 5

export function explain(history: History, { anomalies, reasons }: Pick<Verdict, 'anomalies' | 'reasons'>): readonly string[] {
  const analysis = analyse(history)
  const told = new Set(anomalies.filter(isLoss).map(({ value }) => value))
  const rest = anomalies.filter((anomaly) => !isLoss(anomaly) && (anomaly.value === undefined || !told.has(anomaly.value)))
  const paragraphs = [
    ...explainLosses(
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
