/**
 * What a subject can do beyond what is required: the scenarios of each such rule, run as if it were declared.
 *
 * "Unsupported, confirmed" differs from "unverified": the one was tried and seen to fail, of the other nothing is known.
 * It is information; what is declared and does not hold fails in the scenarios themselves.
 */
import type { ProbedCapability } from '../report/result.js'
import { rules, type Capability } from '../oracle/rules.js'
import type { Gate } from '../schedule/gate.js'
import type { Scenario } from '../schedule/scenario.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { notApplicable } from './resolve.js'
import type { SubjectRunner } from './subject-runner.js'

/** Tries those that `scenarios` have something for. */
export async function probeCapabilities(
  runner: SubjectRunner,
  scenarios: readonly Scenario[],
  gates: ReadonlySet<Gate>,
): Promise<readonly ProbedCapability[]> {
  const probed: ProbedCapability[] = []
  for (const { id, needs } of rules) {
    const trying = scenarios.filter((each) => each.rule === id)
    if (needs === undefined || trying.length === 0) continue
    const declared = runner.definition.capabilities?.[needs] === true
    probed.push({ name: needs, declared, outcome: await tryAll(runner, needs, trying, gates) })
  }
  return probed
}

async function tryAll(
  runner: SubjectRunner,
  name: Capability,
  scenarios: readonly Scenario[],
  gates: ReadonlySet<Gate>,
): Promise<ProbedCapability['outcome']> {
  const { definition } = runner
  if (isSignal(name) && definition.consume !== undefined && definition.isTruncation === undefined) return 'unverified'
  const asIf: SubjectDefinition = { ...definition, capabilities: { ...definition.capabilities, [name]: true } }
  const outcomes: ProbedCapability['outcome'][] = []
  for (const scenario of scenarios) {
    if (notApplicable(asIf, scenario, gates) !== undefined) {
      outcomes.push('unverified')
      continue
    }
    const { verdict, run } = await runner.judge(scenario.schedule, scenario.consumer, { [name]: true })
    // A hang or a step that could not be followed says nothing about this capability.
    if (verdict.result === 'unknown' || run.ending.kind !== 'completed') outcomes.push('unverified')
    else outcomes.push(verdict.result === 'valid' ? 'supported' : 'unsupported, confirmed')
  }
  if (outcomes.includes('unsupported, confirmed')) return 'unsupported, confirmed'
  return outcomes.every((outcome) => outcome === 'supported') ? 'supported' : 'unverified'
}

/** Told by a frame: without `isTruncation` nobody can see whether a consumer of the subject's own sends it. */
const isSignal = (name: Capability): boolean => name === 'signalsTruncation' || name === 'signalsRecreation'
