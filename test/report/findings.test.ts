/** One cause, one story: what many scenarios show is told once, with the smallest schedule of them all. */
import { describe, expect, it } from 'vitest'
import { failureText } from '../../src/report/formats/failure.js'
import { toJunit } from '../../src/report/formats/junit.js'
import { toGithub } from '../../src/report/formats/github.js'
import { toHtml } from '../../src/report/formats/html/index.js'
import { toJson } from '../../src/report/formats/json.js'
import { toMarkdown } from '../../src/report/formats/markdown.js'
import { findingsOf, storiesOf, tellersOf } from '../../src/report/findings.js'
import { type CaseResult, failuresOf } from '../../src/report/result.js'
import { anomaly } from '../../src/oracle/anomaly.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { mutants } from '../../src/kit/mutants/index.js'
import { bad, mutated, runSubjects } from './suites.js'

const causes = async (subject: SubjectDefinition) => {
  const { subjects } = await runSubjects([subject])
  return findingsOf(subjects[0]!).map(({ cause, rule }) => `${cause}, rule ${rule}`)
}

/** The loop of one mutant over the repository of another. */
function both(loop: string, repository: string): SubjectDefinition {
  const other = mutants.find(({ name }) => name === repository)!
  const subject = mutated('both', loop)
  return { ...subject, open: async (context) => other.repository!(await subject.open(context)) }
}

describe('the literal "$"', async () => {
  const suite = await runSubjects([bad])
  const subject = suite.subjects[0]!

  it('is one finding, whatever scenario shows it', () => {
    const [finding, ...others] = findingsOf(subject)
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      cause: 'latest-anew',
      rule: '4.2',
      did: 'read from "$" again and again, which is another id each time',
    })
    expect(finding!.cases.length).toBeGreaterThan(25)
    expect(finding!.cases).toEqual(failuresOf(subject).filter(({ verdict }) => verdict.result === 'invalid'))
  })

  it('is told in at most 60 lines, by the case with the fewest steps', () => {
    const [story, ...others] = storiesOf(subject)
    expect(others).toEqual([])
    const { result, also } = story!
    const steps = ({ schedule }: typeof result) => schedule.steps.length
    expect(Math.min(...also.map(steps))).toBeGreaterThanOrEqual(steps(result))
    const lines = failureText(result, subject, { also }).split('\n')
    expect(lines.length).toBeLessThanOrEqual(60)
    expect(lines.filter((line) => line.startsWith('✗ ')).map((line) => line.slice(0, 25))).toEqual([
      '✗ empty-gap   bad × liter',
      '✗ 5   read #2 after "$" ─',
    ])
    expect(lines.join('\n')).toContain('Also shown by ')
  })

  it('is a failed test in JUnit for each scenario, and an annotation, with a line that leads to where it is told', async () => {
    const told = storiesOf(subject)[0]!.result.name
    const pointer = `the same as in ${told}: read from "$" again and again, which is another id each time (latest-anew, rule 4.2)`
    const xml = await toJunit(suite)
    expect(xml.split('<failure').length - 1).toBe(failuresOf(subject).length)
    expect(xml.replaceAll('&quot;', '"').split(pointer).length - 1).toBe(failuresOf(subject).length - 1)
    expect(toGithub(suite).split(pointer.replaceAll(':', ':')).length - 1).toBe(failuresOf(subject).length - 1)
  })

  it('has one section in Markdown', () => {
    const sections = toMarkdown(suite).split('\n### ')
    expect(sections.length - 1).toBe(1)
    expect(sections[1]).toContain('Also shown by')
    expect(sections[1]).toContain('✗ this lost it')
  })
})

it('two faults are two findings', async () => {
  expect(await causes(both('tail-after-batch', 'repeats-within-batch'))).toEqual(
    expect.arrayContaining(['tail-after-batch, rule 4.3', 'int-nonmonotonic-poll, rule 3.4']),
  )
  const found = await causes(both('tail-after-error', 'stops-half-way'))
  expect(found).toEqual(expect.arrayContaining(['tail-after-error, rule 4.5', 'short-read, rule 3.4']))
})

it.each(['tail-after-empty', 'tail-after-error', 'moves-before-handing-over', 'first-of-batch-only', 'never-blocks', 'stops-half-way'])(
  '%s is one finding',
  async (name) => expect(await causes(mutated('one', name))).toHaveLength(1),
)

it('is told by a case that is not known, if there is one, and by the one that shows nothing else', async () => {
  const { subjects } = await runSubjects([bad])
  const [first, second, third] = failuresOf(subjects[0]!)
  const toldBy = (...scenarios: readonly CaseResult[]) => findingsOf({ ...subjects[0]!, scenarios }).map(({ told }) => told.name)
  const more: CaseResult = {
    ...third!,
    verdict: { ...third!.verdict, anomalies: [...third!.verdict.anomalies, anomaly('duplicate-delivery', 'twice', { value: 'other' })] },
  }
  expect(toldBy({ ...first!, known: true }, second!)).toEqual([second!.name])
  expect(toldBy(first!, { ...second!, known: true })).toEqual([first!.name])
  expect(toldBy(more, { ...second!, schedule: { ...second!.schedule, steps: Array(50).fill(second!.schedule.steps[0]) } })).toEqual([
    second!.name,
    more.name,
  ])
})

it('what has shown nothing is told, and nothing else points to it', async () => {
  const { subjects } = await runSubjects([mutated('some', 'ends-on-error')])
  const unknown = failuresOf(subjects[0]!).filter(({ verdict }) => verdict.result === 'unknown')
  const told = storiesOf(subjects[0]!).map(({ result }) => result)
  for (const each of unknown) expect(told).toContain(each)
  for (const finding of tellersOf(subjects[0]!).values()) expect(told).toContain(finding.told)
})

it('what has shown nothing for one reason is told once, and what has for another by itself', async () => {
  const { subjects } = await runSubjects([mutated('some', 'ends-on-error')])
  const [unknown] = failuresOf(subjects[0]!).filter(({ verdict }) => verdict.result === 'unknown')
  const named = (name: string, ...reasons: readonly string[]): CaseResult => ({
    ...unknown!,
    name,
    verdict: { ...unknown!.verdict, reasons },
  })
  const subject = { ...subjects[0]!, scenarios: [named('first', 'it hung'), named('other', 'it ended'), named('second', 'it hung')] }
  const stories = storiesOf(subject).filter(({ result }) => result.verdict.result === 'unknown')
  expect(stories.map(({ result, also }) => [result.name, ...also.map(({ name }) => name)])).toEqual([['first', 'second'], ['other']])
  expect(failureText(stories[0]!.result, subject, { also: stories[0]!.also })).toContain('For the same reason, nothing of second.')
})

describe('the moment after which it could not be avoided', async () => {
  const suite = await runSubjects([mutated('ahead', 'moves-before-handing-over')])
  const subject = suite.subjects[0]!
  const { result } = storiesOf(subject)[0]!

  it('is the fault, where the cursor had moved before the hand-over', () => {
    expect(result.noReturn).toMatchObject({ kind: 'fault' })
    const text = failureText(result, subject, { width: 120 })
    expect(text).toMatch(/Until the failure, s\d+ could still have been delivered: run again up to there and on, it is lost \(left alone/)
    expect(text).toMatch(/┊ +until here s\d+ could still have been delivered/)
  })

  it('is in the JSON, the Markdown and the HTML report too', async () => {
    expect(JSON.parse(toJson(suite)).subjects[0].scenarios.find((each: { name: string }) => each.name === result.name).noReturn).toEqual(
      result.noReturn,
    )
    expect(toMarkdown(suite)).toContain('could still have been delivered')
    expect(await toHtml(suite)).toContain('could still have been delivered')
  })
})
