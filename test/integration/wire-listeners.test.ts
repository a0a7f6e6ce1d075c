/** Listeners in several languages: those that read on when they are back, and those that have a hole. On a real Redis. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { Judged } from '../../src/search/strategy.js'
import { schedule } from '../../src/schedule/schedule.js'
import { commandSubject } from '../../src/sources/wire/command.js'
import { type ProbedSubject, wire } from '../../src/sources/wire/definition.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { wireRunner } from '../support/run-wire.js'
import { describeWithServer } from './redis.js'

const TIMEOUT_MS = 300_000

const program = (file: string) => fileURLToPath(new URL(`../support/programs/${file}`, import.meta.url))

/** The first of these that has a Redis client. */
const withClient = (programs: readonly string[], ...test: readonly string[]) =>
  programs.find((each) => spawnSync(each, test, { stdio: 'ignore' }).status === 0)

const LANGUAGES = [
  { name: 'node-redis', runs: process.execPath, file: 'listener.mjs' },
  { name: 'redis-py', runs: withClient(['python3', '/usr/bin/python3'], '-c', 'import redis'), file: 'listener.py' },
  { name: 'redis-rb', runs: withClient(['ruby', '/usr/bin/ruby'], '-e', 'require "redis"'), file: 'listener.rb' },
]

/** Long enough for any of these to be back. Those that read on say nothing of their timers, and those that do not say that they have none. */
const BACK_MS = 1500

const listener = (runs: string, file: string, how: string, catchUpWithinMs = how === 'catches-up' ? undefined : BACK_MS): WireSubject =>
  commandSubject({
    name: `${file} ${how}`,
    topic: 'task:*',
    command: [runs, program(file), how],
    deliveries: 'stdout',
    announcement: /^ready/,
    notify: 'PUBLISH {topic}:live {token}',
    ...(catchUpWithinMs === undefined ? {} : { catchUpWithinMs }),
  })

const UNDISTURBED = schedule([])
const stepsOf = (name: string) => wireScenarios.find((each) => each.name === name)!.schedule

await describeWithServer('listeners', (start) => {
  const opened: ProbedSubject[] = []
  afterAll(() => Promise.all(opened.map(({ store }) => store.close())))

  async function judge(subject: WireSubject, ...names: readonly string[]): Promise<Judged[]> {
    const { url } = await start()
    const wired = await wire(subject, { ...(await findRedis({ url })), shared: false })
    opened.push(wired)
    // Only a start that takes as long is given up: what is missing is waited for as long as each says.
    const runner = wireRunner(wired, 10_000)
    const judged: Judged[] = []
    for (const name of names) judged.push(await runner.judge(name === '' ? UNDISTURBED : stepsOf(name)))
    await runner.close()
    return judged
  }
  const told = ({ verdict: { result, anomalies, reasons } }: Judged) => [
    result,
    ...anomalies.map(({ value, culprit }) => `${value} ${culprit?.name}`),
    ...reasons,
  ]

  for (const { name, runs, file } of LANGUAGES) {
    describe.skipIf(runs === undefined)(`with ${name}`, { timeout: TIMEOUT_MS }, () => {
      it('loses nothing where it reads on once it is back', async () => {
        const judged = await judge(
          listener(runs!, file, 'catches-up'),
          'wire-batch-gap',
          'wire-cut-while-listening',
          'wire-cut-under-message',
        )
        expect(judged.map(told)).toEqual([['valid'], ['valid'], ['valid']])
        expect(judged.map(({ verdict }) => verdict.counts.owed)).toEqual([2, 2, 2])
      })

      it('loses what it was told of while it was away, where it only subscribes again', async () => {
        const judged = await judge(listener(runs!, file, 'forgets'), 'wire-batch-gap', 'wire-cut-while-listening', 'wire-cut-under-message')
        expect(judged.map(told)).toEqual([['valid'], ['invalid', 's2 not-listening'], ['invalid', 's2 not-listening']])
      })

      it('loses everything where it is deaf', async () => {
        expect((await judge(listener(runs!, file, 'deaf'), '')).map(told)).toEqual([['invalid', 'fence message-dropped']])
      })
    })
  }

  it('that promises before it listens loses what is published in between', { timeout: TIMEOUT_MS }, async () => {
    const judged = await judge(listener(process.execPath, 'listener.mjs', 'too-early'), 'wire-after-announcement')
    expect(judged.map(told)).toEqual([['invalid', 's1 not-listening-yet']])
  })
})
