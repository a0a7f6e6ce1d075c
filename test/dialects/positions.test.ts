/** A store whose ids are positions in a log: nothing from the run to the reports takes an id for one of Redis, or speaks of Redis. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { BackOff, entryOf, type Frame, follow, isAnnouncement, snapshotCursor } from '../../src/consumers/loops.js'
import { explain } from '../../src/report/explain.js'
import { failureText } from '../../src/report/formats/failure.js'
import { toHtml } from '../../src/report/formats/html/index.js'
import { decodeResult, toJson } from '../../src/report/formats/json.js'
import { toJunit } from '../../src/report/formats/junit.js'
import { toMarkdown } from '../../src/report/formats/markdown.js'
import { type CaseResult, type SuiteResult, failuresOf, resultOf } from '../../src/report/result.js'
import { readReplay } from '../../src/run/replay-file.js'
import { type SuiteOptions, runSuite } from '../../src/run/run-suite.js'
import { Runner } from '../../src/run/runner.js'
import { advanceTo, append, remove, restart } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { LIVE, type Positions, positions } from '../support/positions.js'

const OF_REDIS = /\bX[A-Z]{3,}\b|\bBLOCK\b|"\$"|'\$'|\$|[Rr]edis/
const STREAM_ID = /(?<!rule-)\b\d+-\d+\b/

const opened: string[] = []
afterEach(async () => {
  for (const directory of opened.splice(0)) await rm(directory, { recursive: true })
})

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tailrace-positions-'))
  opened.push(path)
  return path
}

type Consume = (context: ConsumeContext) => AsyncGenerator<Frame, void, undefined>

/** The bug, on this store: every read until the first entry asks for what is latest. */
async function* fromLive(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  const cursor = { id: context.from ?? LIVE }
  yield { type: 'connected', cursor: cursor.id }
  yield* follow(context, cursor, new BackOff(context))
}

/** Another: ids as text, so that "10" comes before "9". */
async function* asText(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  let highest = ''
  for await (const frame of snapshotCursor(context)) {
    if (frame.type === 'entry' && frame.id <= highest) continue
    if (frame.type === 'entry') highest = frame.id
    yield frame
  }
}

const subject = ({ open }: Positions, consume?: Consume, rest: Partial<SubjectDefinition<Frame>> = {}): SubjectDefinition<Frame> => ({
  name: 'log',
  store: 'memory',
  open,
  ...(consume === undefined ? {} : { consume, entryOf, isAnnouncement }),
  ...rest,
})

const run = (on: Positions, definition: SubjectDefinition<Frame>, options: Partial<SuiteOptions> = {}): Promise<SuiteResult> =>
  runSuite([definition], {
    scenarios,
    bursts: 30,
    seed: 42,
    exploration: { appends: 1, cycles: 1 },
    openStore: async () => on.store,
    ...options,
  })

const named = ({ subjects: [found] }: SuiteResult, name: string): CaseResult => found!.scenarios.find((each) => each.name === name)!

/** What a page says, without its style sheet, its script, and what it has as JSON. */
const textOf = (html: string) => html.replaceAll(/<(style|script|details)\b.*?<\/\1>/gs, '').replaceAll(/<head>.*?<\/head>/gs, '')

describe.each([{ counting: false }, { counting: true }])(
  'on a log of positions (one sequence for all topics: $counting)',
  ({ counting }) => {
    it('a correct consumer is valid, and only what chooses ids of Redis is left out for them', async () => {
      const on = positions({ counting })
      for (const consume of [undefined, snapshotCursor]) {
        const suite = await run(on, subject(on, consume))
        const [result] = suite.subjects
        expect(result!.error).toBeUndefined()
        expect(failuresOf(result!).map(({ name, verdict }) => [name, verdict.reasons, verdict.anomalies])).toEqual([])
        expect(resultOf(result!)).toBe('valid')
        expect(result!.scenarios.length).toBeGreaterThan(10)
        const left = result!.skipped.filter(({ reason }) => reason === 'its store gives ids of its own').map(({ name }) => name)
        expect(left).toContain('ids-out-of-order')
        const choosing = scenarios.filter((each) => each.schedule.steps.some((step) => 'append' in step && step.ids !== undefined))
        expect(choosing.map(({ name }) => name)).toEqual(expect.arrayContaining(left))
      }
    })

    it('and so is one that starts at the beginning, which is before "0", and one that resumes behind "9"', async () => {
      const on = positions({ counting })
      const begins = await run(on, subject(on, snapshotCursor, { startsAt: 'beginning' }))
      expect(failuresOf(begins.subjects[0]!).map(({ name, verdict }) => [name, verdict.reasons, verdict.anomalies])).toEqual([])
      expect(resultOf(begins.subjects[0]!)).toBe('valid')
      const runner = new Runner(subject(on, snapshotCursor), on.store)
      const steps = [advanceTo('read-returned', { outcome: 'empty' }), append(11), advanceTo('delivered'), restart('last-id'), remove(11)]
      const { run: ran, verdict } = await runner.judge(schedule(steps))
      expect(verdict).toMatchObject({ result: 'valid', counts: { lost: 0 } })
      expect(ran.history).toContainEqual({ type: 'session', consumer: 0, session: 1, start: 'id', from: '0' })
      expect(ran.history).toContainEqual({ type: 'removed', how: 'delete', ids: ['10'] })
    })

    it('a wrong one is found, and told of in positions and in the words of the log alone', async () => {
      const on = positions({ counting })
      const suite = await run(on, subject(on, fromLive))
      const lost = named(suite, 'empty-gap')
      expect(lost.verdict.anomalies).toMatchObject([{ code: 'unseen', id: '0', window: 'empty-gap', rule: '4.2' }])
      const { dialect } = on.store
      expect(explain(lost.history, lost.verdict, dialect)).toEqual([
        'Entry 0 was appended after read #1 returned empty and before read #2 resolved the live end to 0. Every later read asks for ids above 0, so nothing can reach it.',
      ])
      const text = failureText(lost, suite.subjects[0]!, { width: 120 })
      expect(text).toContain('polls for 2000 ms')
      expect(text).toContain('the live end is -1')
      const texts = {
        text: failuresOf(suite.subjects[0]!)
          .map((each) => failureText(each, suite.subjects[0]!))
          .join('\n'),
        html: textOf(await toHtml(suite)),
        junit: await toJunit(suite),
        markdown: toMarkdown(suite),
      }
      for (const [name, said] of Object.entries(texts)) {
        const lines = said.split('\n')
        expect([name, lines.filter((line) => OF_REDIS.test(line))]).toEqual([name, []])
        expect([name, lines.filter((line) => STREAM_ID.test(line))]).toEqual([name, []])
      }
      expect(texts.html).toContain('▽</b> the live end, which the next read resolves')
      expect(texts.html).toContain('Read from a position, never from the live end.')
      expect(texts.markdown).toContain('✗ s1 (0) never delivered')
    })

    it('as is one that compares ids as text: "10" behind "9" is what it loses', async () => {
      const on = positions({ counting: false })
      const runner = new Runner(subject(on, asText), on.store)
      const { run: ran, verdict } = await runner.judge(schedule([advanceTo('read-returned', { outcome: 'empty' }), append(12)]))
      expect(verdict.anomalies.map(({ id }) => id)).toEqual(expect.arrayContaining(['10', '11']))
      expect(explain(ran.history, verdict, on.store.dialect)[0]).toContain('Entries 10 and 11 were appended')
      expect(ran.history.find(({ type }) => type === 'witness')).toMatchObject({
        entries: expect.arrayContaining([{ id: '9', value: 's10' }]),
      })
    })

    it('a replay gives the same history, byte for byte, in every run', async () => {
      const on = positions({ counting })
      const saveTo = await directory()
      const suite = await run(on, subject(on, fromLive), { saveTo, bursts: 0 })
      const lost = named(suite, 'empty-gap')
      const saved = await readReplay(join(saveTo, lost.replayFile!))
      const again = positions({ counting })
      for (const other of [on, again]) {
        const runner = new Runner(subject(other, fromLive), other.store)
        for (let time = 0; time < 3; time++) {
          const { run: ran, verdict } = await runner.judge(saved.schedule, { consumer: saved.consumer })
          expect(JSON.stringify(ran.history)).toBe(JSON.stringify(lost.history))
          expect(verdict).toEqual(lost.verdict)
        }
      }
    })

    it('a JSON report of it names the dialect, and is told plainly where nobody knows that', async () => {
      const on = positions({ counting })
      const suite = await run(on, subject(on, fromLive), { bursts: 0 })
      const json = toJson(suite)
      expect(json).toContain('"dialect": "positions"')
      const read = decodeResult(JSON.parse(json), 'report.json')
      expect(toJson(read)).toBe(json)
      const [result] = read.subjects
      expect(result!.dialect.name).toBe('positions')
      const texts = [failureText(named(read, 'empty-gap'), result!), textOf(await toHtml(read)), await toJunit(read)]
      expect(texts.flatMap((text) => text.split('\n').filter((line) => OF_REDIS.test(line)))).toEqual([])
      expect(texts[0]).toContain('Entry 0 was appended after read #1 returned empty')
    })
  },
)

describe('ids that a schedule chooses', () => {
  const steps = [advanceTo('announced'), append(1, { ids: ['5'] })]

  it('cannot be had where the store gives its own, and nothing is concluded', async () => {
    const on = positions()
    const runner = new Runner(subject(on, snapshotCursor), on.store)
    const { verdict } = await runner.judge(schedule(steps))
    expect(verdict.result).toBe('unknown')
    expect(verdict.reasons[0]).toContain('expected ids that the schedule chose, but this store gives ids of its own')
  })
})
