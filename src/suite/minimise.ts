/**
 * The smallest schedule that shows the same thing: runs of single moves become one move to a named gate, steps are left
 * out, appends made smaller, as long as the anomaly stays. Greedy, and every candidate is run: nothing is guessed.
 */
import type { HistoryEvent } from '../history/event.js'
import { GATES, type Gate } from '../schedule/gate.js'
import type { Schedule } from '../schedule/schedule.js'
import type { AdvanceStep, Step } from '../schedule/step.js'
import type { Judged } from './subject-runner.js'

/** Candidates to try at most: a schedule of 24 moves needs about 40. */
const MAX_RUNS = 60

/** The same anomaly, of the same entries' window: what a smaller schedule must still show. */
const signature = ({ verdict }: Judged): string => {
  const first = verdict.anomalies[0]
  return first === undefined ? verdict.result : `${first.code}@${first.window ?? ''}`
}

export async function minimise(
  failing: Judged,
  schedule: Schedule,
  judge: (schedule: Schedule) => Promise<Judged>,
): Promise<{ schedule: Schedule; judged: Judged }> {
  const wanted = signature(failing)
  let best = { schedule, judged: failing }
  let runs = 0
  const accept = async (steps: readonly Step[]): Promise<boolean> => {
    if (runs++ >= MAX_RUNS) return false
    const candidate = { ...best.schedule, steps }
    const judged = await judge(candidate)
    if (judged.run.ending.kind === 'diverged' || judged.run.ending.kind === 'broken' || signature(judged) !== wanted) return false
    best = { schedule: candidate, judged }
    return true
  }
  await accept(named(best.schedule.steps, best.judged.run.history))
  for (let progress = true; progress && runs < MAX_RUNS; ) {
    progress = false
    for (let i = best.schedule.steps.length - 1; i >= 0; i--) {
      const { steps } = best.schedule
      const step = steps[i]!
      if (steps.length > 1 && (await accept(steps.toSpliced(i, 1)))) progress = true
      else if (
        'append' in step &&
        step.append > 1 &&
        step.ids === undefined &&
        (await accept(steps.toSpliced(i, 1, { ...step, append: 1 })))
      )
        progress = true
      else if ('append' in step && step.payloads !== undefined && (await accept(steps.toSpliced(i, 1, { append: step.append }))))
        progress = true
    }
  }
  return best
}

/** Runs of single moves of one consumer as one move each, to the gate that the run came to. */
function named(steps: readonly Step[], history: readonly HistoryEvent[]): Step[] {
  const out: Step[] = []
  for (const [index, step] of steps.entries()) {
    const gate = 'advance' in step && step.to === undefined ? gateAfter(history, index, step.advance) : undefined
    if (gate === undefined) {
      out.push(step)
      continue
    }
    const previous = out.at(-1)
    if (
      previous !== undefined &&
      'advance' in previous &&
      previous.advance === gate.advance &&
      index > 0 &&
      !('append' in steps[index - 1]!)
    )
      out.pop()
    out.push(gate)
  }
  return out
}

function gateAfter(history: readonly HistoryEvent[], index: number, consumer: number): AdvanceStep | undefined {
  const from = history.findIndex((event) => event.type === 'step' && event.index === index)
  const next = history.findIndex((event, at) => at > from && (event.type === 'step' || event.type === 'drain'))
  const at = history
    .slice(from, next)
    .findLast((event) => (GATES as readonly string[]).includes(event.type) && 'consumer' in event && event.consumer === consumer)
  if (at === undefined) return undefined
  return { advance: consumer, to: at.type as Gate, ...(at.type === 'read-returned' ? { outcome: at.outcome } : {}) }
}
