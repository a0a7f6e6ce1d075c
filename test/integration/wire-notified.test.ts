/** Programs that are told of entries by a channel, on a real Redis: R8, and what the gates beside reading show. */
import { expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { runWire, wireRunner, wiring } from '../support/run-wire.js'
import { told } from '../support/wire-consumers.js'
import { describeWithServer } from './redis.js'

await describeWithServer('programs that are told of entries', (start) => {
  const { wired } = wiring(start)
  const scenarioNamed = (name: string) => wireScenarios.filter((each) => each.name === name)

  it('R8: who takes messages for the log loses the entry that it was told of too late', async () => {
    const { scenarios, error } = await runWire(await wired(told('messages')), {
      scenarios: scenarioNamed('wire-notify-inversion'),
      bursts: 0,
      seed: 1,
      watchdogMs: 3000,
    })
    expect(error).toBeUndefined()
    expect(scenarios[0]!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'poll-skip', value: 's2', rule: '4.3' }] })
    // Smaller ones, in which nobody is told of an entry, lose it for another reason.
    const tells = scenarios[0]!.schedule.steps.flatMap((step) => ('notify' in step && !('append' in step) ? [step.notify] : []))
    expect(tells).toEqual([3, 2])
    expect(scenarios[0]!.schedule.steps.length).toBeLessThan(scenarios[0]!.wholeSteps!)
  })

  it('R8: who takes them for a sign to read on loses nothing, in the same order each time', async () => {
    const runner = wireRunner(await wired(told('signs')), 3000)
    const histories = new Set<string>()
    for (let i = 0; i < 10; i++) {
      const { verdict, run } = await runner.judge(scenarioNamed('wire-notify-inversion')[0]!.schedule)
      expect(verdict).toMatchObject({ result: 'valid', counts: { lost: 0 } })
      histories.add(JSON.stringify(run.history))
    }
    expect(histories.size).toBe(1)
    await runner.close()
  })

  it.each([
    ['announces late', 1000, { result: 'valid', counts: { owed: 2, delivered: 2 } }],
    ['never announces, as it declares', undefined, { result: 'unknown', reasons: [expect.stringContaining('has not announced')] }],
  ] as const)('one that %s is owed nothing, and nothing happens to it, before that', async (_how, afterMs, verdict) => {
    const listens = told('signs')
    const runner = wireRunner(
      await wired({
        ...listens,
        startsAt: 'tail',
        announces: true,
        start: async (context) => {
          const { stop } = await listens.start(context)
          // Long after it looks as if it were at rest.
          const late = afterMs === undefined ? undefined : setTimeout(context.onAnnouncement, afterMs)
          return { stop: () => (clearTimeout(late), stop()) }
        },
      }),
      3000,
    )
    const judged = await runner.judge(scenarioNamed('wire-batch-gap')[0]!.schedule)
    expect(judged.verdict).toMatchObject(verdict)
    await runner.close()
  })

  it('are followed through every scenario that says something about them, and bursts are left out', async () => {
    const { scenarios, skipped, bursts, error } = await runWire(await wired(told('signs')), {
      scenarios: wireScenarios,
      bursts: 10,
      seed: 1,
      watchdogMs: 3000,
    })
    expect(error).toBeUndefined()
    expect(scenarios.filter(({ verdict }) => verdict.result !== 'valid').map(({ name, verdict }) => [name, verdict])).toEqual([])
    expect(scenarios.map(({ name }) => name)).toEqual([
      'empty-gap',
      'wire-batch-gap',
      'wire-look-back-gap',
      'wire-longer-than-count',
      'wire-notify-inversion',
      'wire-cut-while-blocked',
      'wire-cut-while-listening',
      'wire-cut-under-message',
      'wire-reply-lost',
      'wire-reply-torn',
      'wire-history-at-start',
      'wire-topic-gone',
      'wire-error-reply',
      'wire-refused-for-a-while',
    ])
    expect(skipped.map(({ reason }) => reason)).toContain('it waits for a message of a channel where the scenario goes on')
    expect(bursts).toBeUndefined()
  })
})
