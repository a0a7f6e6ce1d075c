/**
 * Known losses: what is accepted until a day, held against what was found.
 *
 * A result is known where each of its anomalies is: the same subject, scenario (or bursts, or exploration), code, window
 * and rule. It is shown as ever, with a note, and does not fail the run. One that has expired fails again. Bursts and an
 * exploration show one counterexample, so a known one can stand in front of another: that is why losses expire.
 */
import type { Anomaly } from '../oracle/anomaly.js'
import type { KnownLoss } from '../subject/known-loss.js'
import type { CaseResult, KnownOutcome, SubjectResult } from './result.js'
import { count, list } from './text.js'

/** `today` as `2027-01-31`. */
export const hasExpired = ({ expires }: KnownLoss, today: string): boolean => expires < today

/** What two anomalies have in common that are the same loss. */
interface Kind {
  readonly code: string
  readonly window?: string
  readonly rule: string
}

export const sameLoss = (a: Kind, b: Kind): boolean => a.code === b.code && a.window === b.window && a.rule === b.rule

/** The subject's results, each that is known marked, with a note. So is what was known and has expired. */
export function markKnown(subject: SubjectResult, losses: readonly KnownLoss[], today: string): SubjectResult {
  const mine = losses.filter((loss) => loss.subject === subject.name)
  if (mine.length === 0) return subject
  const mark = (result: CaseResult) => marked(result, mine, today)
  const { bursts, exploration } = subject
  return {
    ...subject,
    scenarios: subject.scenarios.map(mark),
    ...(bursts?.failure === undefined ? {} : { bursts: { ...bursts, failure: mark(bursts.failure) } }),
    ...(exploration?.failure === undefined ? {} : { exploration: { ...exploration, failure: mark(exploration.failure) } }),
  }
}

function marked(result: CaseResult, losses: readonly KnownLoss[], today: string): CaseResult {
  const { anomalies } = result.verdict
  const matching = losses.filter((loss) => loss.where === result.name && anomalies.some((anomaly) => sameLoss(loss, anomaly)))
  if (result.verdict.result !== 'invalid' || matching.length === 0) return result
  const expired = matching.filter((loss) => hasExpired(loss, today))
  const isKnown = (anomaly: Anomaly) => matching.some((loss) => !hasExpired(loss, today) && sameLoss(loss, anomaly))
  const notes = [
    ...result.notes,
    ...new Set(expired.map(({ reason, expires }) => `was known until ${expires}, and has expired: ${reason}`)),
  ]
  if (!anomalies.every(isKnown)) return { ...result, notes }
  const accepted = list([...new Set(matching.map(({ reason, expires }) => `until ${expires}: ${reason}`))])
  return { ...result, known: true, notes: [...notes, `known ${accepted}`] }
}

/** What became of each known loss. A subject that was not run says nothing of its own. */
export function outcomesOfKnown(subjects: readonly SubjectResult[], losses: readonly KnownLoss[], today: string): readonly KnownOutcome[] {
  return losses.map((loss) => {
    const subject = subjects.find(({ name }) => name === loss.subject)
    return { loss, outcome: subject === undefined ? 'not-run' : outcomeOf(subject, loss, today) }
  })
}

function outcomeOf({ scenarios, bursts, exploration }: SubjectResult, loss: KnownLoss, today: string): KnownOutcome['outcome'] {
  const results = [...scenarios, bursts?.failure, exploration?.failure].filter((each) => each?.name === loss.where)
  const green = (loss.where === 'bursts' && bursts !== undefined) || (loss.where === 'exploration' && exploration !== undefined)
  if (results.length === 0) return green ? 'gone' : 'not-run'
  if (results.some((each) => each!.verdict.anomalies.some((anomaly) => sameLoss(loss, anomaly))))
    return hasExpired(loss, today) ? 'expired' : 'occurs'
  // A verdict that shows nothing does not show that it is gone.
  return results.some((each) => each!.verdict.result === 'unknown') ? 'not-run' : 'gone'
}

/** One line for each that somebody should do something about, and one for all that are accepted together. */
export function knownLines(known: readonly KnownOutcome[]): readonly string[] {
  const accepted = new Map<string, KnownLoss[]>()
  for (const { loss, outcome } of known) {
    if (outcome !== 'occurs') continue
    const key = JSON.stringify([loss.subject, loss.expires, loss.reason])
    accepted.set(key, [...(accepted.get(key) ?? []), loss])
  }
  return [
    ...known.flatMap(({ loss, outcome }) => {
      if (outcome === 'expired') return [`expired on ${loss.expires}, and fails again: ${described(loss)} (${loss.reason})`]
      return outcome === 'gone' ? [`no longer occurs, remove it from the known losses: ${described(loss)}`] : []
    }),
    ...[...accepted.values()].map((losses) => {
      const { subject, expires, reason } = losses[0]!
      const what = losses.length === 1 ? described(losses[0]!) : `${subject} · ${count(losses.length, 'loss', 'losses')}`
      return `known until ${expires}: ${what} (${reason})`
    }),
  ]
}

const described = ({ subject, where, code, window, rule }: KnownLoss): string =>
  `${subject} · ${where} · ${code}${window === undefined ? '' : ` @${window}`} · rule ${rule}`
