/** Scenarios of a user's own: what is refused, where they apply, and that they are run as those of tailrace are. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scenarios as builtIn } from '../../scenarios/index.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { SubjectResult } from '../../src/report/result.js'
import { checkOwn, ownScenarios } from '../../src/run/own-scenarios.js'
import { runTarget, type TargetOptions } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import {
  abort,
  advance,
  advanceTo,
  append,
  cut,
  disconnect,
  fail,
  finish,
  loseAcknowledgement,
  notify,
  restart,
  type Scenario,
  scenario,
  type Step,
} from '../../src/schedule/scenario.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { literal, onModel, snapshot } from '../support/subjects.js'

const GAP = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]
const named = (name: string, steps: readonly Step[] = GAP) => scenario(name, { summary: 'what happens', steps })

const run = (subject: SubjectDefinition, scenarios: readonly Scenario[], options: Partial<TargetOptions> = {}): Promise<SubjectResult> =>
  runTarget(repositoryTarget(subject, memoryStore()), { scenarios, bursts: 0, seed: 1, watchdogMs: 200, ...options })

describe('what is refused', () => {
  const faults = (...given: readonly unknown[]) => checkOwn(given.map((each, i) => ({ where: `${'ab'[i]}.ts`, given: each }))).faults

  it('is nothing of what is right, alone or in a list', () => {
    expect(ownScenarios([{ where: 'a.ts', given: named('one') }]).map(({ name }) => name)).toEqual(['one'])
    const both = checkOwn([
      { where: 'a.ts', given: [named('one'), named('two')] },
      { where: 'b.ts', given: named('three') },
    ])
    expect([both.scenarios.map(({ name }) => name), both.faults]).toEqual([['one', 'two', 'three'], []])
  })

  it.each([...builtIn, ...wireScenarios].map(({ name }) => name))('is the name %s, which tailrace has', (name) => {
    expect(faults(named(name))).toEqual([`a.ts, scenario "${name}": tailrace has a scenario of that name: choose another`])
  })

  it.each(['undisturbed', 'bursts', 'exploration', 'close'])('is the name %s, which a part of every run has', (name) => {
    expect(faults([named(name)])).toEqual([`a.ts, scenario "${name}": a part of every run has that name: choose another`])
  })

  it('is a name that two have, in one place or in two', () => {
    expect(faults([named('one'), named('one')])).toEqual(['a.ts: two scenarios are called "one": rename one'])
    expect(faults(named('one'), [named('two'), named('one')])).toEqual(['a.ts and b.ts: two scenarios are called "one": rename one'])
  })

  it('is a rule that there is not', () => {
    expect(faults({ ...named('one'), rule: '9.9' })).toEqual(['a.ts, scenario "one": there is no rule 9.9 (npx tailrace rules lists them)'])
    expect(faults({ ...named('one'), also: ['4.2', '4.99'] })).toHaveLength(1)
  })

  it('is told all at once, each with its place', () => {
    expect(faults([5, named('A'), named('b', [append as never])], 'text')).toEqual([
      'a.ts, scenario 1: no scenario: scenario(name, { summary, steps }) makes one',
      'a.ts, scenario "A": "name": expected a name in lower case with hyphens, such as "second-page-late"',
      'a.ts, scenario "b": step 1 is the function append itself: call it, and what it gives is the step',
      'b.ts: no scenario: scenario(name, { summary, steps }) makes one',
    ])
    expect(() => ownScenarios([{ where: 'a.ts', given: 5 }])).toThrow('a.ts: no scenario')
  })
})

describe('where one applies', () => {
  const reasons = async (subject: SubjectDefinition, steps: readonly Step[], options: Partial<Scenario> = {}) => {
    const { skipped } = await run(subject, [{ ...named('one', steps), ...options }])
    return skipped.map(({ reason }) => reason)
  }
  const back = [advanceTo('read-called'), append(2), advanceTo('delivered'), abort(), append(1), restart('last-id')]

  it.each<[string, readonly Step[], RegExp]>([
    ['a client comes back', back, /^its consumer does not say that it resumes from an id \(capabilities\.resumes\)$/],
    [
      'entries are for others',
      [advanceTo('read-called'), append(1, { foreign: true }), append(1)],
      /^it does not say which entries are for/,
    ],
    [
      'the wire is cut',
      [advanceTo('blocked'), cut(), append(1)],
      /^only behind the wire probe can this be done: consumer: connections cut/,
    ],
    ['an acknowledgement is lost', [loseAcknowledgement(), append(1)], /^only behind the wire probe/],
    ['a channel is told', [append(1), notify(1)], /^only behind the wire probe/],
    ['a channel is told later', [append(1, { notify: 'later' })], /^it is for programs behind the wire probe \(needs notifies/],
    ['a gate never comes', [advanceTo('notified'), append(1)], /^its consumer never comes to the gate notified$/],
  ])('is not where %s, unless the subject says so', async (_, steps, reason) => {
    expect(await reasons(snapshot(), steps)).toEqual([expect.stringMatching(reason)])
  })

  it('is not where a read fails, for a consumer that ends then', async () => {
    for (const step of [fail('read'), fail('tail')])
      expect(await reasons(snapshot({ capabilities: { retries: false } }), [step, ...GAP])).toEqual([expect.stringMatching(/retries/)])
    const cutOff = [advanceTo('blocked'), disconnect(), append(1)]
    expect(await reasons(snapshot({ capabilities: { retries: false } }), cutOff)).toHaveLength(1)
    expect(await reasons(snapshot(), cutOff)).toEqual([])
    expect(await reasons(snapshot({ capabilities: { retries: false } }), [fail('append'), ...GAP, append(1)])).toEqual([])
  })

  it.each([['givesUp'], ['severalStreams'], ['appendsThroughProbe'], ['notifies'], ['acknowledges']] as const)(
    'is not where it needs %s, which only a program on the wire has',
    async (need) => {
      expect(await reasons(snapshot(), GAP, { needs: [need] })).toHaveLength(1)
    },
  )

  it('is what the subject declares', async () => {
    expect(await reasons(onModel(), back)).toEqual([])
    expect(await reasons(onModel(), GAP, { needs: ['signalsTruncation'] })).toHaveLength(1)
    expect(await reasons(onModel(), [...GAP, finish()], { consumer: 'sse-task-events' })).toEqual([])
  })
})

describe('a run of one', () => {
  const long = named('quiet-then-late', [
    ...GAP,
    advanceTo('delivered'),
    advance(),
    advanceTo('read-returned', { outcome: 'empty' }),
    append(2),
  ])

  it('passes where nothing is lost, and says so by its name and its summary', async () => {
    const { scenarios, skipped } = await run(snapshot(), [long])
    expect(scenarios).toMatchObject([{ name: 'quiet-then-late', summary: 'what happens', verdict: { result: 'valid' } }])
    expect(skipped).toEqual([])
    expect(scenarios[0]!.verdict.counts.owed).toBe(3)
  })

  it('that fails is made small, has its point of no return, and is saved with all that a replay needs', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tailrace-'))
    onTestFinished(() => rm(root, { recursive: true, force: true }))
    const { scenarios } = await run(literal(), [named('late', [advance(), advance(), ...GAP, append(2)])], { saveTo: root })
    expect(scenarios).toMatchObject([{ name: 'late', wholeSteps: 5, verdict: { result: 'invalid' }, schedule: { steps: GAP } }])
    const [{ noReturn, replayFile, rule }] = scenarios as [SubjectResult['scenarios'][number]]
    expect(rule).toBeUndefined()
    expect(noReturn).toBeDefined()
    expect(JSON.parse(await readFile(join(root, replayFile!), 'utf8'))).toMatchObject({
      name: 'late',
      expected: { result: 'invalid', anomalies: ['unseen@empty-gap'], causes: [{ name: 'latest-anew', rule: '4.2' }] },
      schedule: { steps: GAP },
    })
  })

  it('that could not be followed is unknown, never green', async () => {
    const { scenarios } = await run(snapshot(), [named('stuck', [advanceTo('delivered'), append(1)])])
    expect(scenarios[0]!.verdict.result).toBe('unknown')
  })

  it('that owes nothing is unknown, never green', async () => {
    const { scenarios } = await run(snapshot(), [named('idle', [advanceTo('blocked')])])
    expect(scenarios[0]!.verdict.result).toBe('unknown')
  })
})
