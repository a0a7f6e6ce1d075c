/** Suites for the HTML report: the loop with the bug, one without it, and texts that mean harm. */
import { snapshotCursor } from '../../../../src/consumers/loops.js'
import type { CaseResult, SubjectResult, SuiteResult } from '../../../../src/report/result.js'
import { advanceTo, append } from '../../../../src/schedule/scenario.js'
import { coverage } from '../../suites.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from '../../runs.js'

export const MARKUP = '</script><img src=x onerror=alert(1)>'
export const MEGABYTE = 'x'.repeat(1 << 20)
/** Runs from right to left, turns the direction around, and has half a character. */
export const RIGHT_TO_LEFT = 'שלום עולם \u202egnp.exe'
export const HALF = 'half \ud800 a character'

const { verdict } = await emptyGap()
const counts = { ...verdict.counts, owed: 1500, delivered: 1500, lost: 0 }

export const green = (): Promise<CaseResult> => runCase(EMPTY_GAP, { name: 'empty-gap', race: 'R1', rule: '4.2', consume: snapshotCursor })

export const unknown = (): Promise<CaseResult> => runCase([advanceTo('blocked')], { name: 'undisturbed', consume: snapshotCursor })

const correct = async (): Promise<SubjectResult> =>
  subjectResult([await green(), await unknown()], {
    name: 'correct',
    consumer: 'snapshot-cursor',
    skipped: [{ name: 'resumed', reason: 'it does not resume' }],
    bursts: { runs: 1200, seed: 7, ms: 800, counts },
    exploration: {
      appends: 2,
      cycles: 2,
      interleavings: '9007199254740993',
      covered: '9007199254740993',
      lost: '0',
      schedules: 77,
      counts,
      certificate: 'c0ffee',
      ms: 5,
    },
    coverage,
    capabilities: [{ name: 'resumes', declared: false, outcome: 'unsupported, confirmed' }],
  })

/** All that a report can have. */
export async function everything(): Promise<SuiteResult> {
  const burst = await runCase(EMPTY_GAP, { kind: 'burst', name: 'bursts', seed: 7, path: '0:1', foundAfter: 3, notes: ['a remark'] })
  const literal = subjectResult([await emptyGap({ summary: 'an entry is added between an empty read and the next' })], {
    bursts: { runs: 3, seed: 7, ms: 3, counts: burst.verdict.counts, failure: burst },
  })
  return suiteResult([literal, await correct(), subjectResult([], { name: 'broken', error: 'it did not open' })])
}

/** The same text wherever a text from outside may come. */
export async function hostile(text: string): Promise<SuiteResult> {
  const failed = await runCase([...EMPTY_GAP, append(1, { payloads: [text] })], {
    name: text,
    summary: text,
    race: text,
    replayFile: text,
    notes: [text],
  })
  const got = failed.history.map((event) => (event.type === 'delivered' && event.value !== undefined ? { ...event, got: text } : event))
  const spoilt = {
    ...failed,
    history: got,
    verdict: { ...failed.verdict, anomalies: failed.verdict.anomalies.map((each) => ({ ...each, evidence: text })) },
  }
  const subject = { name: text, consumer: text, store: text, error: text, skipped: [{ name: `${text}!`, reason: text }] }
  return suiteResult([subjectResult([spoilt], subject)])
}

/** So many failures of a usual size, each of a subject of its own: those of one would be told once. */
export async function many(failures: number): Promise<SuiteResult> {
  const failed = await emptyGap()
  return suiteResult(Array.from({ length: failures }, (_, at) => subjectResult([failed], { name: `repository-${at}` })))
}
