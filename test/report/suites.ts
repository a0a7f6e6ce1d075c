/** Whole results for the formats: real runs over the in-memory model, and one with everything in it that a subject can say. */
import { entryOf, isAnnouncement, literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import type { Coverage } from '../../src/report/coverage.js'
import type { BurstsResult, SuiteResult } from '../../src/report/result.js'
import { advanceTo } from '../../src/schedule/scenario.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { type SuiteOptions, runSuite } from '../../src/run/run-suite.js'
import { scenarios } from '../../scenarios/index.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from './runs.js'

const memory = (rest: Partial<SubjectDefinition> & { readonly name: string }): SubjectDefinition => ({
  store: 'memory',
  open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
  ...rest,
})
const frames = { entryOf, isAnnouncement } as Pick<SubjectDefinition, 'entryOf' | 'isAnnouncement'>

export const good = memory({ name: 'good', consume: snapshotCursor, ...frames })
export const bad = memory({ name: 'bad', consume: literalDollar, ...frames })
/** The harness's own loop over a repository. */
export const plain = memory({ name: 'plain' })
export const broken = memory({
  name: 'broken',
  open: () => {
    throw new Error('no route')
  },
})

/** Somebody's subject, with this mutant in it. */
export function mutated(subject: string, mutant: string): SubjectDefinition {
  const found = mutants.find(({ name }) => name === mutant)
  if (found === undefined) throw new Error(`no mutant is called ${mutant}`)
  return { ...mutantSubject(found, 'memory'), name: subject }
}

export const runSubjects = (subjects: readonly SubjectDefinition[], options: Partial<SuiteOptions> = {}): Promise<SuiteResult> =>
  runSuite(subjects, { scenarios, bursts: 0, seed: 42, openStore: async () => memoryStore(), ...options })

export const green = () => runCase(EMPTY_GAP, { name: 'empty-gap', consume: snapshotCursor })
export const nothing = () => runCase([advanceTo('blocked')], { name: 'nothing', consume: snapshotCursor })
export const skipped = [{ name: 'done-before-drained', reason: 'its consumer does not end on a status' }]
export const bursts: BurstsResult = {
  runs: 1200,
  seed: 7,
  ms: 800,
  counts: { owed: 1500, delivered: 1500, lost: 0, gaps: 1346, injected: 1346, injectedDelivered: 1346 },
}

/** Of a few places: something fell at most of them. */
export const coverage: Coverage = {
  schedules: 1300,
  places: [
    { gate: 'tail-called', window: 'connect-gap', held: 1400, fell: { append: 31, poison: 2, 'failing-tail': 0 } },
    { gate: 'read-called', window: 'empty-gap', held: 3100, fell: { append: 1200, poison: 0, 'failing-read': 7 } },
    { gate: 'delivered', window: 'batch-gap', held: 12_000, fell: { append: 0, poison: 0 } },
    { gate: 'closed', held: 9, fell: { append: 4, poison: 0 } },
  ],
}

/** What may come from a subject, and no format may trip over. */
export const NASTY =
  'a\u0000b\u001b[31m<&"\'>]]>\ud800 c\uffff 🚫 \u202eright to left\u2069 שלום|`x`*_\\ ```\n::error::no\r\n@all #1 https://example.org </details>; %0A, end'

/** Everything named and said by somebody who means no good. */
export async function nastySuite(text = NASTY): Promise<SuiteResult> {
  const failing = await emptyGap({ kind: 'burst', name: text, notes: [text], replayFile: text, summary: text })
  const unknown = { ...(await nothing()), name: text, notes: [text] }
  const said = {
    ...failing,
    verdict: {
      ...failing.verdict,
      anomalies: failing.verdict.anomalies.map((each) => ({ ...each, evidence: text, value: text, id: text })),
      reasons: [text],
    },
  }
  return suiteResult([
    subjectResult([failing, said, unknown], {
      name: text,
      consumer: text,
      store: text,
      source: { file: text, line: 3 },
      error: text,
      skipped: [{ name: text, reason: text }],
      bursts: { ...bursts, failure: failing },
    }),
  ])
}
