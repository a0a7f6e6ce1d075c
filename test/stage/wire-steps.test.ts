/** What the stage does for subjects on the wire, on the model: what it needs of the wire is a fake here. */
import { describe, expect, it } from 'vitest'
import { FOR_EVER } from '../../src/history/event.js'
import { accept, advance, advanceTo, append, leave, refuse, reply } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { FailStep, Step, WireStep } from '../../src/schedule/step.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { repositorySource } from '../../src/sources/repository/source.js'
import type { Source } from '../../src/sources/source.js'
import { resolve } from '../../src/run/resolve.js'
import { type SubjectDefinition, entryOfStreamEntry } from '../../src/subject/subject.js'
import { type OpenSubject, type RunnerOptions, Runner } from '../../src/run/runner.js'
import { onModel, snapshot } from '../support/subjects.js'

/** The model, with a wire that notes what it is told, and meets what `meets` says. */
function wired(
  meets: boolean,
  more: Partial<Source> = {},
): { open: (subject: SubjectDefinition) => RunnerOptions['open']; armed: (WireStep | FailStep)[] } {
  const armed: (WireStep | FailStep)[] = []
  const open = (subject: SubjectDefinition) => async (): Promise<OpenSubject> => {
    const opened = await store.open((context) => subject.open(context))
    const source = repositorySource(opened, resolve(subject))
    const onWire: Partial<Source> = {
      arm: (step) => void armed.push(step),
      unmet: () => (meets ? undefined : { expected: 'a reply to consumer 0 that is lost', came: 'no such reply came' }),
      whereabouts: () => ({
        listens: false,
        asks: false,
        restsUntold: false,
        isAlone: true,
        out: 0,
        isBehind: false,
        isQueued: false,
        unheld: undefined,
        unseen: 'no command came through the probe',
      }),
      tellsEqualApart: false,
      ...more,
    }
    return { source: () => Object.assign(Object.create(source) as Source, onWire), close: () => opened.close() }
  }
  return { open, armed }
}

const store = memoryStore()

const judge = (subject: SubjectDefinition, steps: readonly Step[], wire?: ReturnType<typeof wired>, watchdogMs = 5000) =>
  new Runner(subject, store, { watchdogMs, open: wire?.open(subject) }).judge(schedule(steps))

it('knows no client that leaves an iteration on the wire', async () => {
  const { run } = await judge(snapshot(), [advance(), leave()], wired(true, { inProcess: false }), 300)
  expect(run.ending).toEqual({
    kind: 'diverged',
    step: 2,
    expected: 'consumer: client leaves',
    came: 'a client of a program on the wire leaves with its connection: abort()',
  })
})

describe('steps of the wire', () => {
  const steps = [reply('lost'), refuse(), accept(), advanceTo('blocked'), append(1)]

  it.each([reply('lost'), refuse(), { slow: 0, bytesPerSecond: 10 }])(
    'are none for a subject that is called directly: %j',
    async (step) => {
      const { run, verdict } = await judge(snapshot(), [advanceTo('blocked'), step, append(1)])
      expect(run.ending).toEqual({
        kind: 'diverged',
        step: 2,
        expected: 'a subject behind the wire probe',
        came: 'this one is called directly',
      })
      expect(verdict.result).toBe('unknown')
    },
  )

  it('take no entries that hold the same: there they are told by what they hold', async () => {
    const { run, verdict } = await judge(snapshot(), [advanceTo('blocked'), append(2, { equal: true })], wired(true))
    expect(run.ending).toMatchObject({ kind: 'diverged', step: 2, expected: 'entries that differ' })
    expect(verdict.result).toBe('unknown')
  })

  it('are armed in their turn, and in the history', async () => {
    const wire = wired(true)
    const { run, verdict } = await judge(snapshot(), steps, wire)
    expect([run.ending.kind, verdict.result]).toEqual(['completed', 'valid'])
    expect(wire.armed).toEqual(steps.slice(0, 3))
    expect(run.history.filter(({ type }) => type === 'wire-fault')).toHaveLength(3)
  })

  it('are a divergence where nothing has met them', async () => {
    const { run, verdict } = await judge(snapshot(), steps, wired(false))
    expect(run.ending).toMatchObject({ kind: 'diverged', expected: 'a reply to consumer 0 that is lost', came: 'no such reply came' })
    expect(verdict.result).toBe('unknown')
  })
})

describe('a read without a time-out', () => {
  const entryOf = entryOfStreamEntry
  const forEver = (lastRead: number): SubjectDefinition => ({
    ...onModel(),
    entryOf,
    consume: async function* ({ repository, topic, signal }) {
      let cursor = await repository.getStreamTailId(topic)
      for (let read = 0; read < lastRead && !signal.aborted; read++)
        for await (const entry of repository.readMessages(topic, cursor, { timeoutMs: FOR_EVER, count: 10, signal })) {
          yield entry
          cursor = entry.id
        }
    },
  })

  it('is at rest while it waits, and judged with the fence', async () => {
    const { run, verdict } = await judge(forEver(99), [advanceTo('blocked'), append(2), advanceTo('delivered'), append(1)])
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    expect(run.history).toContainEqual(expect.objectContaining({ type: 'delivered', value: 'fence' }))
    expect(run.history.some(({ type }) => type === 'expired')).toBe(false)
  })

  it('cannot be made to time out', async () => {
    const { run } = await judge(forEver(99), [advanceTo('blocked'), advance()])
    expect(run.ending).toMatchObject({ kind: 'diverged', step: 2, came: 'its read waits without a time-out (BLOCK 0)' })
  })
})

it('says what there was to see of a program that came to no gate', async () => {
  const silent = onModel({ consume: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }) })
  const { run } = await judge(silent, [advance()], wired(true), 50)
  expect(run.ending).toMatchObject({
    kind: 'diverged',
    expected: 'consumer 0 at its first gate',
    came: 'no command came through the probe',
  })
})
