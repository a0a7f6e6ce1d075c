/** What is expected of each mutant and of each correct implementation, on either store. */
import { expect } from 'vitest'
import type { Anomaly } from '../../../src/oracle/anomaly.js'
import { causesOf } from '../../../src/oracle/cause.js'
import type { CorrectImplementation } from '../../../src/kit/correct/correct.js'
import { mutantSubject } from '../../../src/kit/mutants/index.js'
import type { Mutant } from '../../../src/kit/mutants/mutant.js'
import { rules } from '../../../src/oracle/rules.js'
import type { Store } from '../../../src/dialects/store.js'
import { type Case, judgeAll, table } from './judge-all.js'

const ruleOf = (id: string) => rules.find((each) => each.id === id)!

const dialectOf = (store: Store) => (store.virtual ? 'memory' : 'redis')

/** The declared anomaly, where it speaks of the rule that the mutant breaks. */
const isDeclared =
  ({ trips, breaks }: Mutant) =>
  (found: Anomaly): boolean =>
    found.code === trips && ruleOf(breaks).check([found]).length > 0

/** Found for the reason that it declares, in any case; where, and after how many. */
export async function expectKilled(mutant: Mutant, store: Store, bursts: number, watchdogMs = 100): Promise<void> {
  const until = isDeclared(mutant)
  const cases = await judgeAll(mutantSubject(mutant, dialectOf(store)), store, { bursts, until, watchdogMs })
  const killer = cases.find(({ anomalies }) => anomalies.some(until))
  const { name, breaks, trips } = mutant
  report(mutant, killer, cases)
  expectDeclared(mutant, cases)
  expect(killer?.result, `${name} breaks ${breaks}, and no ${trips} was found in ${cases.length} cases:\n${table(cases)}`).toBe('invalid')
}

/** Without what a mutant shows other sides of itself by, beside the one that it is there for. */
const FEW = { changes: false, leaves: false, appendsFail: false, otherWriters: false, ids: false, alike: false }

/** Where it may be found or not: whatever it is found for by appends, silence and faults is what it declares. */
export async function expectNamed(mutant: Mutant, store: Store, bursts: number): Promise<void> {
  expectDeclared(mutant, await judgeAll(mutantSubject(mutant, dialectOf(store)), store, { bursts, alphabet: FEW }))
}

function expectDeclared({ causes }: Mutant, cases: readonly Case[]): void {
  const declared: readonly string[] = causes!
  const named = new Set(cases.flatMap(({ anomalies }) => causesOf(anomalies).map((cause) => cause.name)))
  expect([...named].filter((each) => !declared.includes(each))).toEqual([])
}

export async function expectNotAccused(
  implementation: CorrectImplementation,
  store: Store,
  bursts: number,
  watchdogMs?: number,
): Promise<void> {
  const cases = await judgeAll(implementation.subject(dialectOf(store)), store, {
    bursts,
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
  })
  const accused = cases.filter(({ result }) => result === 'invalid')
  expect(table(accused)).toBe('')
  expect(cases.filter(({ result }) => result === 'valid').length).toBeGreaterThan(10)
}

/** With `TAILRACE_MATRIX=1`: who was killed by what. */
function report(mutant: Mutant, killer: Case | undefined, cases: readonly Case[]): void {
  if (process.env['TAILRACE_MATRIX'] !== '1') return
  const { name, breaks, trips, depth = 1 } = mutant
  console.log(`| ${name} | ${breaks} | ${trips} | ${depth} | ${killer?.name ?? 'SURVIVED'} | ${cases.length} |`)
}
