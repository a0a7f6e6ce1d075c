/** Two real runs held against each other: what was broken in between, and what was mended. */
import { describe, expect, it } from 'vitest'
import { compare } from '../../src/report/compare.js'
import { compareMarkdown, compareText } from '../../src/report/formats/comparison.js'
import { comparisonToHtml } from '../../src/report/formats/html/index.js'
import { decodeResult, toJson } from '../../src/report/formats/json.js'
import type { SuiteResult } from '../../src/report/result.js'
import { scenarios } from '../../scenarios/index.js'
import { parseMermaid } from './formats/mermaid-parser.js'
import { emptyGap, subjectResult, suiteResult } from './runs.js'
import { broken, bursts, good, green, mutated, nothing, plain, runSubjects, skipped } from './suites.js'

/** As it is read back. */
const report = (suite: SuiteResult) => decodeResult(JSON.parse(toJson(suite)), 'report.json')

const named = (...names: string[]) => names.map((name) => scenarios.find((each) => each.name === name)!)
const few = named('empty-gap', 'batch-gap', 'append-rejected')
const runOf = async (...mutants: readonly [string, string][]) =>
  report(
    await runSubjects(
      mutants.map(([subject, mutant]) => mutated(subject, mutant)),
      { scenarios: few },
    ),
  )

describe('a run with one mutant in it, compared with one before it that had another', () => {
  it('says what is newly lost, what is fixed, and nothing else', async () => {
    const base = await runOf(['events', 'tail-after-empty'])
    const head = await runOf(['events', 'tail-after-batch'])
    const { speed: _, counterexample, ...found } = compare(base, head)
    expect(found).toEqual({
      lost: [{ subject: 'events', cause: 'tail-after-batch', rule: '4.3', did: expect.any(String), shownBy: ['batch-gap'] }],
      fixed: [{ subject: 'events', cause: 'tail-after-empty', rule: '4.2', did: expect.any(String), shownBy: ['empty-gap'] }],
      unknown: [],
      shown: [],
      removed: [],
      added: [],
      settings: [],
      regression: true,
    })
    expect(counterexample?.result.name).toBe('batch-gap')
    const text = compareText(compare(base, head))
    expect(text).toMatch(/^✗ 1 new and 1 fixed\n\nnew\n {2}events · tail-after-batch · rule 4\.3: /)
    expect(text).toContain('fixed\n  events · tail-after-empty · rule 4.2: ')
    expect(text).toContain('shortest new counterexample\n\n✗ batch-gap')
    expect(text).toMatch(/schedules per second .*\n\nexit 1: 1 new finding$/)
    const markdown = compareMarkdown(compare(base, head))
    expect(markdown).toContain('- events · tail-after-empty · rule 4.2: ')
    const [, diagram] = /```mermaid\n(.*?)\n```/s.exec(markdown)!
    expect(await parseMermaid(diagram!)).toBe('sequence')
    const html = await comparisonToHtml(compare(base, head))
    expect(html).toContain('<title>tailrace compare: 1 new and 1 fixed</title>')
    expect(html).toMatch(/<h2>fixed<\/h2><ul><li>events · tail-after-empty · rule 4\.2: [^<]* \(empty-gap\)<\/li><\/ul>/)
    expect(html).toContain('id="failure-1"')
    expect(await comparisonToHtml(compare(base, head))).toBe(html)
  })

  it('says that nothing changed where nothing did, whatever time it took', async () => {
    const one = await runOf(['events', 'tail-after-empty'])
    const again = await runOf(['events', 'tail-after-empty'])
    const comparison = compare(one, { ...again, ms: one.ms * 3 })
    expect(comparison.regression).toBe(false)
    expect(compareText(comparison)).toMatch(
      /^✓ nothing changed\n\n[\d,]+ → [\d,]+ schedules per second \(−67 %\)\n\nexit 0: no regression$/,
    )
  })
})

describe('a comparison', () => {
  const of = (...args: Parameters<typeof subjectResult>) => report(suiteResult([subjectResult(...args)]))

  it('takes what is newly unknown for a regression, and what is shown again for none', async () => {
    const [shown, unknown] = [of([await green()]), of([{ ...(await nothing()), name: 'empty-gap' }])]
    expect(compare(shown, unknown)).toMatchObject({ regression: true, unknown: [{ where: 'empty-gap', why: expect.stringMatching(/\w/) }] })
    expect(compare(unknown, shown)).toMatchObject({ regression: false, unknown: [], shown: [{ where: 'empty-gap' }] })
    expect(compareText(compare(shown, unknown))).toContain('exit 1: 1 place where nothing is shown any more')
  })

  it('does not call fixed what is unknown now, or is not run any more', async () => {
    const failing = of([await emptyGap()])
    expect(compare(failing, of([{ ...(await nothing()), name: 'empty-gap' }])).fixed).toEqual([])
    const left = compare(failing, of([], { skipped: [{ name: 'empty-gap', reason: skipped[0]!.reason }] }))
    expect(left).toMatchObject({ fixed: [], regression: false, removed: [{ where: 'empty-gap', why: skipped[0]!.reason }] })
    expect(compareText(left)).toContain('removed: was run before, and is not any more\n  RedisStreamRepository · empty-gap: its consumer')
  })

  it('names subjects that came or went, and fails for what a new one loses', async () => {
    const one = report(await runSubjects([good], { scenarios: few }))
    const two = report(await runSubjects([good, plain], { scenarios: few }))
    expect(compare(one, two)).toMatchObject({ added: [{ subject: 'plain' }], removed: [], regression: false })
    expect(compare(two, one)).toMatchObject({ added: [], removed: [{ subject: 'plain' }], regression: false })
    expect(compareText(compare(two, one))).toContain('plain (the whole subject)')
    const lossy = report(await runSubjects([good, mutated('new', 'tail-after-empty')], { scenarios: few }))
    expect(compare(one, lossy)).toMatchObject({
      regression: true,
      lost: [{ subject: 'new', cause: 'tail-after-empty', shownBy: ['empty-gap'] }],
    })
  })

  it('takes a subject that does not open any more for newly unknown, once', async () => {
    const before = report(await runSubjects([{ ...good, name: 'broken' }], { scenarios: few }))
    const after = report(await runSubjects([broken], { scenarios: few }))
    expect(compare(before, after)).toMatchObject({
      regression: true,
      unknown: [{ where: 'run', why: 'open() failed: no route' }],
      removed: [],
    })
  })

  it('holds the bursts against each other', async () => {
    const failure = await emptyGap({ kind: 'burst', name: 'bursts' })
    const [fine, failing] = [of([await green()], { bursts }), of([await green()], { bursts: { ...bursts, failure } })]
    expect(compare(fine, failing)).toMatchObject({ regression: true, lost: [{ shownBy: ['bursts'], rule: '4.2' }] })
    expect(compare(failing, fine)).toMatchObject({ regression: false, fixed: [{ shownBy: ['bursts'], rule: '4.2' }] })
    expect(compare(fine, of([await green()]))).toMatchObject({ regression: false, removed: [{ where: 'bursts' }] })
  })

  it('has nothing new where a scenario that was added shows what others had shown', async () => {
    const failing = await emptyGap()
    const comparison = compare(of([failing]), of([failing, { ...failing, name: 'added' }]))
    expect(comparison).toMatchObject({ lost: [], fixed: [], regression: false, added: [{ where: 'added' }] })
    // And it is not fixed as long as one of them shows it.
    expect(compare(of([failing, { ...failing, name: 'other' }]), of([failing, { ...(await green()), name: 'other' }])).fixed).toEqual([])
  })

  it('takes a loss for the same that an earlier version named without a culprit', async () => {
    const failing = await emptyGap()
    const anomalies = failing.verdict.anomalies.map((anomaly) => {
      const { culprit: _, ...old } = anomaly
      return old
    })
    const [old, now] = [of([{ ...failing, verdict: { ...failing.verdict, anomalies } }]), of([failing])]
    expect(compare(old, now)).toMatchObject({ lost: [], fixed: [], regression: false })
    expect(compare(now, old)).toMatchObject({ lost: [], fixed: [], regression: false })
    expect(compare(old, of([await green()]))).toMatchObject({ fixed: [{ cause: 'unseen' }] })
  })

  it('does not fail for a new loss that is known', async () => {
    const known = of([{ ...(await emptyGap()), known: true }])
    const comparison = compare(of([await green()]), known)
    expect(comparison).toMatchObject({ regression: false, lost: [{ known: true }] })
    expect(comparison).not.toHaveProperty('counterexample')
  })

  it('counts what a joined exploration lost, and fails where that is more than it was', async () => {
    const [one] = (await runSubjects([good], { scenarios: few, exploration: { appends: 1, cycles: 1 } })).subjects
    const joined = (lost: string) => report(suiteResult([{ ...one!, exploration: { ...one!.exploration!, lost } }]))
    const why = '2 interleavings lost an entry: the parts show which'
    expect(compare(joined('0'), joined('2'))).toMatchObject({ regression: true, unknown: [{ where: 'exploration', why }] })
    expect(compare(joined('1'), joined('2'))).toMatchObject({ regression: true, unknown: [{ where: 'exploration', why }] })
    expect(compare(joined('2'), joined('2'))).toMatchObject({ regression: false, unknown: [], shown: [] })
    expect(compare(joined('2'), joined('0'))).toMatchObject({ regression: false, shown: [{ where: 'exploration' }] })
  })

  it('says what the two were run with where that differs, and is no regression for it', async () => {
    const smoke = report({ ...(await runSubjects([good, plain], { scenarios: few })), seed: 1 })
    const ci = report(await runSubjects([good, plain], { scenarios: few, bursts: 10, exploration: { appends: 1, cycles: 1 } }))
    const comparison = compare(smoke, { ...ci, shard: '1/2' })
    expect(comparison.regression).toBe(false)
    expect(comparison.settings).toEqual([
      'seed: 1 → 42',
      'shard: none → 1/2',
      ...['good', 'plain'].flatMap((name) => [`${name} · bursts: none → 10`, `${name} · exploration: none → 1 append × 1 cycle`]),
    ])
    expect(compareText(comparison)).toContain('not run in the same way\n  seed: 1 → 42')
  })

  it('takes two runs of the same time for the same, however many schedules each had time for', async () => {
    const timed = async (runs: number, timeMs: number) => of([await green()], { bursts: { ...bursts, runs, timeMs } })
    expect(compare(await timed(900, 30_000), await timed(1200, 30_000)).settings).toEqual([])
    const { settings } = compare(of([await green()], { bursts }), await timed(1200, 30_000))
    expect(settings).toEqual([expect.stringContaining('bursts: 1,200 → for 30 s')])
  })
})
