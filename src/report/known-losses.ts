/**
 * Known losses: what is accepted until a day, held against what was found.
 *
 * A result is known where each of its causes is, whatever scenario it is of; or, as a loss may be known in one place alone, where each
 * anomaly of a cause is: the same scenario (or bursts, or exploration), code, window and rule. It is shown as ever, with a note, and does
 * not fail the run. One that has expired fails again. Bursts and an exploration show one counterexample, so a known one can stand in front
 * of another: that is why losses expire.
 */
import { type Cause, causesOf } from '../oracle/cause.js'
import type { KnownAnomaly, KnownFinding, KnownLoss } from '../subject/known-loss.js'
import { isOrMayBe } from './findings.js'
import { type CaseResult, type KnownOutcome, type SubjectResult, failuresOf } from './result.js'
import { count, list } from './text.js'

/** `today` as `2027-01-31`. */
export const hasExpired = ({ expires }: KnownLoss, today: string): boolean => expires < today

/** What two anomalies have in common that are the same loss. */
type Kind = Pick<KnownAnomaly, 'code' | 'rule'> & { readonly window?: string }

const sameLoss = (a: Kind, b: Kind): boolean => a.code === b.code && a.window === b.window && a.rule === b.rule

const isOfFinding = (loss: KnownLoss): loss is KnownFinding => 'cause' in loss

/** Is some of this cause what is known there? */
const covers = (loss: KnownLoss, where: string, { name, anomalies }: Cause): boolean =>
  isOfFinding(loss) ? isOrMayBe(loss.cause, name) : loss.where === where && anomalies.some((anomaly) => sameLoss(loss, anomaly))

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
  if (result.verdict.result !== 'invalid') return result
  const causes = causesOf(result.verdict.anomalies)
  const matching = losses.filter((loss) => causes.some((cause) => covers(loss, result.name, cause)))
  if (matching.length === 0) return result
  const expired = matching.filter((loss) => hasExpired(loss, today))
  const live = matching.filter((loss) => !hasExpired(loss, today))
  const isKnown = ({ name, anomalies, rule }: Cause) => {
    if (live.some((loss) => isOfFinding(loss) && isOrMayBe(loss.cause, name))) return true
    return anomalies.every((anomaly) => live.some((loss) => covers(loss, result.name, { name, rule, anomalies: [anomaly] })))
  }
  const notes = [
    ...result.notes,
    ...new Set(expired.map(({ reason, expires }) => `was known until ${expires}, and has expired: ${reason}`)),
  ]
  if (!causes.every(isKnown)) return { ...result, notes }
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

function outcomeOf(subject: SubjectResult, loss: KnownLoss, today: string): KnownOutcome['outcome'] {
  const shows = ({ name, verdict: { result, anomalies } }: CaseResult) =>
    result === 'invalid' && causesOf(anomalies).some((cause) => covers(loss, name, cause))
  if (failuresOf(subject).some(shows)) return hasExpired(loss, today) ? 'expired' : 'occurs'
  const places = isOfFinding(loss) ? (loss.shownBy ?? []) : [loss.where]
  return places.length > 0 && places.every((place) => isClear(subject, place)) ? 'gone' : 'not-run'
}

/** It was run to its end there. A verdict that shows nothing does not show that something is gone, nor does a search that has ended early. */
export function isClear({ scenarios, bursts, exploration }: SubjectResult, place: string): boolean {
  if (place === 'bursts') return bursts !== undefined && bursts.failure === undefined
  if (place === 'exploration') return exploration !== undefined && exploration.failure === undefined
  const results = scenarios.filter(({ name }) => name === place)
  return results.length > 0 && results.every(({ verdict }) => verdict.result !== 'unknown')
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

/** In a line. */
export function described(loss: KnownLoss): string {
  if (isOfFinding(loss)) return `${loss.subject} · ${loss.cause}`
  const { subject, where, code, window, rule } = loss
  return `${subject} · ${where} · ${code}${window === undefined ? '' : ` @${window}`} · rule ${rule}`
}
