/** The repositories of examples/own: right ones, of two styles that no dialect knows, and the same with a fault in each. */
import { describe, expect, it } from 'vitest'
import config from '../../examples/own/tailrace.config.js'
import { scenarios } from '../../scenarios/index.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { ownStore } from '../../src/dialects/own/own-store.js'
import { changing, tailing } from '../../src/kit/mutants/decorate.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { describeResult } from '../dialects/own/results.js'

const suite = (subject: SubjectDefinition, { only, bursts = 0 }: { readonly only?: readonly string[]; readonly bursts?: number } = {}) =>
  runTarget(repositoryTarget(subject, ownStore()), {
    scenarios: only === undefined ? scenarios : scenarios.filter(({ name }) => only.includes(name)),
    bursts,
    seed: 1,
  })

/** With something between the harness and each of the repositories that it opens. */
const broken = (subject: SubjectDefinition, as: (correct: StreamRepository) => StreamRepository): SubjectDefinition => ({
  ...subject,
  open: async (context) => as(await subject.open(context)),
})

const codesOf = async (subject: SubjectDefinition, only: readonly string[]) =>
  (await suite(subject, { only })).scenarios.flatMap(({ verdict }) => verdict.anomalies.map(({ code }) => code))

describe.each(config.subjects.map((subject) => ({ name: subject.name, subject })))('a repository over $name', ({ subject }) => {
  it('is valid in every scenario that applies, and in bursts', async () => {
    const result = await suite(subject, { bursts: 5 })
    expect(describeResult(result)).toEqual([])
    expect(result.scenarios.length).toBeGreaterThan(25)
  }, 120_000)

  it('gives the same histories in every run, whatever its ids are', async () => {
    // Of appends that are under way together nobody says which is first.
    const only = scenarios.map(({ name }) => name).filter((name) => name !== 'appends-together')
    const historiesOf = async () => (await suite(subject, { only })).scenarios.map(({ name, history }) => [name, history])
    expect(await historiesOf()).toEqual(await historiesOf())
  }, 120_000)

  it('is found out when entries are missing from its batches', async () => {
    const drops = broken(subject, (correct) => changing(correct, (batch) => (batch.length > 2 ? batch.toSpliced(1, 1) : batch)))
    expect(await codesOf(drops, ['one-at-a-time'])).toContain('lost-append')
  }, 120_000)

  it('is found out when it remembers its tail', async () => {
    const remembers = broken(subject, (correct) => {
      const tails = new Map<string, string>()
      return tailing(correct, async (topic) => {
        tails.set(topic, tails.get(topic) ?? (await correct.getStreamTailId(topic)))
        return tails.get(topic)!
      })
    })
    expect(await codesOf(remembers, ['done-before-drained'])).not.toEqual([])
  }, 120_000)
})
