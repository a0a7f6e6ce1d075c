/** What a member of a group was given and never saw is pending, not lost, as long as something that it does gets it back. */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { advanceTo, append, disconnect, reply } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { commandSubject } from '../../src/sources/wire/command.js'
import { type ProbedSubject, wire } from '../../src/sources/wire/definition.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { withClient } from '../support/wire-programs.js'
import { commits, once, rightMembers, wrongMembers } from '../support/group-consumers.js'
import { runWire, wireRunner } from '../support/run-wire.js'
import { describeWithServer } from './redis.js'

const python = withClient(['python3', '/usr/bin/python3'], '-c', 'import redis')

const LOST = ['wire-reply-lost', 'wire-reply-torn']
const tried = wireScenarios.filter(({ name }) => LOST.includes(name))

await describeWithServer('a group', (start) => {
  const opened: ProbedSubject[] = []
  let url = ''
  async function wired(subject: WireSubject, fast = false) {
    url ||= (await start()).url
    const one = await wire(subject, { ...(await findRedis({ url })), shared: false }, { fast })
    opened.push(one)
    return one
  }
  async function run(subject: WireSubject, fast = false) {
    return runWire(await wired(subject, fast), { scenarios: tried, bursts: 0, seed: 1, watchdogMs: 3000 })
  }
  afterAll(() => Promise.all(opened.map(({ store }) => store.close())))

  describe.each([
    ['with real waits', false],
    ['with modelled waits', true],
  ])('%s', (_, fast) => {
    it.each(rightMembers.map((make) => [make().name, make] as const))('whose member %s has lost nothing', async (_name, make) => {
      const { scenarios, skipped, error } = await run(make(), fast)
      expect([error, skipped]).toEqual([undefined, []])
      expect(scenarios.map(({ name, verdict: { result, anomalies, reasons } }) => ({ name, result, anomalies, reasons }))).toEqual(
        LOST.map((name) => ({ name, result: 'valid', anomalies: [], reasons: [] })),
      )
    })
  })

  it('that is made old shows nothing of it but the age', async () => {
    const { store } = await wired(rightMembers[0]!())
    store.topic('run')
    const key = store.stream
    await store.call(['XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM'])
    for (const id of ['1-1', '2-1', '3-1']) await store.call(['XADD', key, id, 'f', 'v'])
    await store.call(['XREADGROUP', 'GROUP', 'g', 'a', 'COUNT', '2', 'STREAMS', key, '>'])
    await store.call(['XREADGROUP', 'GROUP', 'g', 'b', 'STREAMS', key, '>'])
    await store.call(['XCLAIM', key, 'g', 'a', '0', '2-1'])
    await store.call(['XDEL', key, '1-1'])
    const before = await store.pending(['g', 'none'])
    expect(before.map(({ id, consumer, deliveries }) => [id, consumer, deliveries])).toEqual([
      ['2-1', 'a', 2],
      ['3-1', 'b', 1],
    ])
    await store.age(before, 3_600_000)
    const after = await store.pending(['g'])
    expect(after.map(({ id, consumer, deliveries }) => [id, consumer, deliveries])).toEqual([
      ['2-1', 'a', 2],
      ['3-1', 'b', 1],
    ])
    expect(after.every(({ idleMs }) => idleMs >= 3_600_000)).toBe(true)
    // What is deleted is not in the stream, and stays on the list.
    expect(((await store.call(['XPENDING', key, 'g'])) as unknown[]).slice(0, 3)).toEqual([3, '1-1', '3-1'])
    await store.call(['DEL', key])
  })

  it('that commits only the last of a batch is told of the others, and fails nothing by that', async () => {
    const [every, last] = [true, false].map((all) => commits(all))
    const steps = [advanceTo('blocked'), append(1), advanceTo('delivered'), append(3)]
    const notesOf = async (subject: WireSubject) => {
      const one = await wired(subject)
      const scenario = { ...tried[0]!, name: 'batch', schedule: schedule(steps), needs: [] }
      const { scenarios } = await runWire(one, { scenarios: [scenario], bursts: 0, seed: 1, watchdogMs: 3000 })
      return scenarios.map(({ verdict, notes }) => [verdict.result, notes])
    }
    expect(await notesOf(every!)).toEqual([['valid', []]])
    expect(await notesOf(last!)).toEqual([
      ['valid', ['when everything was handled, s2, s3 stayed pending: handed out, and never acknowledged']],
    ])
  })

  describe.skipIf(python === undefined)('in Python', () => {
    const inPython = (how: string): WireSubject =>
      commandSubject({
        name: `group.py ${how}`,
        topic: 'task:*',
        command: [python!, fileURLToPath(new URL('../support/group.py', import.meta.url)), how],
        deliveries: 'stdout',
        startsAt: 'beginning',
        ...(how === 'never' ? { catchUpWithinMs: 100 } : {}),
      })

    it.each(['1000', '20000', 'list'])('%s gets back what it never saw', async (how) => {
      const { scenarios, skipped, error } = await run(inPython(how))
      expect([error, skipped]).toEqual([undefined, []])
      expect(scenarios.map(({ verdict: { result, anomalies, reasons } }) => ({ result, anomalies, reasons }))).toEqual(
        LOST.map(() => ({ result: 'valid', anomalies: [], reasons: [] })),
      )
    })

    it('never does not', async () => {
      const { scenarios } = await run(inPython('never'))
      for (const { verdict } of scenarios)
        expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1', rule: '4.5' }] })
    })
  })

  const inReply = 'at-most-once, as declared: 1 entry that its group gave out in a reply that never arrived is not counted as lost'
  const inHands = 'at-most-once, as declared: 1 entry that the consumer had been given'

  it.each([
    [once('with NOACK'), { 'wire-reply-lost': inReply, 'wire-reply-torn': inReply }],
    [once('acknowledges first'), { 'wire-reply-lost': inReply, 'wire-cut-at-acknowledgement': inHands }],
  ] as const)('whose member $name owes nothing that was lost on its way, and is told so', async (subject, told) => {
    const result = await runWire(await wired(subject), {
      scenarios: wireScenarios.filter(({ name }) => name in told),
      bursts: 0,
      seed: 1,
      watchdogMs: 3000,
    })
    expect(result.scenarios).toEqual([])
    expect(result.skipped.map(({ name, reason }) => [name, reason])).toEqual(
      Object.entries(told).map(([name, reason]) => [name, expect.stringContaining(reason)]),
    )
  })

  const replyLost = [advanceTo('blocked'), reply('lost'), append(1)]
  it.each([
    ['once, and promises more', once('with NOACK', 'at-least-once'), replyLost, 's1 not-kept-pending'],
    ['once, and promises more', once('acknowledges first', 'at-least-once'), replyLost, 's1 pending-not-read'],
    ['and drops a part of what it is given', once('drops'), [advanceTo('read-called'), append(2)], 's2 dropped'],
    ['and leaves out what no read took', once('skips'), [advanceTo('blocked'), disconnect(), append(1)], 's1 not-told-apart'],
  ] as const)('whose member delivers %s has lost the entry', async (_why, subject, steps, lost) => {
    const runner = wireRunner(await wired(subject), 3000)
    const { verdict } = await runner.judge(schedule(steps))
    await runner.close()
    expect(verdict.anomalies.map(({ value, culprit }) => `${value} ${culprit?.name}`)).toEqual([lost])
    expect(verdict).not.toHaveProperty('excused')
  })

  it.each(wrongMembers.map(({ why, subject }) => [subject().name, why, subject] as const))(
    'whose member %s has lost the entry: %s',
    async (_name, why, make) => {
      const { scenarios } = await run(make())
      for (const { verdict } of scenarios) {
        expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1', rule: '4.5' }] })
        expect(verdict.anomalies[0]!.evidence).toContain(why)
      }
      expect(scenarios).toHaveLength(LOST.length)
    },
  )
})
