/**
 * What a subject can do beyond what is required: the scenarios of each such rule, run as if it were declared.
 *
 * "Unsupported, confirmed" differs from "unverified": the one was tried and seen to fail, of the other nothing is known.
 * It is information; what is declared and does not hold fails in the scenarios themselves.
 */
import type { ProbedCapability } from '../report/result.js'
import { type Capability, rules } from '../oracle/rules.js'
import type { Scenario } from '../schedule/scenario.js'
import { type Judged, type Strategy, type Walk, strategy } from '../search/strategy.js'
import type { Target } from './target.js'

type Outcome = ProbedCapability['outcome']

/** Tries those that `scenarios` have something for. */
export function capabilities(target: Target, scenarios: readonly Scenario[], undisturbed: Judged): Strategy<readonly ProbedCapability[]> {
  const { definition } = target
  const probed: ProbedCapability[] = []
  return strategy(walk(), () => probed)

  function* walk(): Walk {
    for (const { id, needs } of rules) {
      const trying = scenarios.filter((each) => each.rule === id)
      if (needs === undefined || trying.length === 0) continue
      const declared = definition.capabilities?.[needs] === true
      probed.push({ name: needs, declared, outcome: yield* tryAll(needs, trying) })
    }
  }

  function* tryAll(name: Capability, trying: readonly Scenario[]): Walk<Outcome> {
    if (isSignal(name) && definition.consume !== undefined && definition.isTruncation === undefined) return 'unverified'
    const asIf = { [name]: true }
    const outcomes: Outcome[] = []
    for (const scenario of trying) {
      if (target.applies(scenario, undisturbed, asIf) !== undefined) {
        outcomes.push('unverified')
        continue
      }
      const { verdict, run } = yield { schedule: scenario.schedule, consumer: scenario.consumer, capabilities: asIf }
      // A hang or a step that could not be followed says nothing about this capability.
      if (verdict.result === 'unknown' || run.ending.kind !== 'completed') outcomes.push('unverified')
      else outcomes.push(verdict.result === 'valid' ? 'supported' : 'unsupported, confirmed')
    }
    if (outcomes.includes('unsupported, confirmed')) return 'unsupported, confirmed'
    return outcomes.every((outcome) => outcome === 'supported') ? 'supported' : 'unverified'
  }
}

/** Told by a frame: without `isTruncation` nobody can see whether a consumer of the subject's own sends it. */
const isSignal = (name: Capability): boolean => name === 'signalsTruncation' || name === 'signalsRecreation'
