import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../../src/dialects/redis/dialect.js'
import { snapshotCursor } from '../../../src/consumers/loops.js'
import type { StreamId } from '../../../src/contract/stream-id.js'
import { FENCE, type History, type HistoryEvent } from '../../../src/history/event.js'
import { check } from '../../../src/oracle/check.js'
import { explain } from '../../../src/report/explain.js'
import type { CaseResult, NoReturn } from '../../../src/report/result.js'
import { colourStyle, plainStyle } from '../../../src/report/style.js'
import { widthOf } from '../../../src/report/text.js'
import { renderTimeline } from '../../../src/report/timeline/text.js'
import { timelineRows } from '../../../src/report/timeline/rows.js'
import {
  abort,
  advance,
  advanceTo,
  append,
  disconnect,
  drop,
  expire,
  fail,
  finish,
  poison,
  remove,
  leave,
  restart,
  trim,
} from '../../../src/schedule/scenario.js'
import type { Subject } from '../../../src/subject/subject.js'
import { type Story, history as story } from '../../oracle/histories.js'
import { type RunCaseOptions, emptyGap, runCase } from '../runs.js'

const draw = ({ history, verdict }: Pick<CaseResult, 'history' | 'verdict'>, width = 80) =>
  renderTimeline(timelineRows(history, verdict, redisDialect), { width, style: plainStyle })
const drawn = async (steps: Parameters<typeof runCase>[0], options: RunCaseOptions = {}) => draw(await runCase(steps, options))

const NONE = {
  anomalies: [],
  reasons: [],
  result: 'valid',
  counts: { owed: 0, delivered: 0, lost: 0, gaps: 0, injected: 0, injectedDelivered: 0 },
} as const
const tell = (history: History, width = 80) => draw({ history, verdict: NONE }, width)

describe('the rows of a loss', () => {
  const resets: Subject['consume'] = async function* ({ repository, topic, signal, read, clock }) {
    let cursor = await repository.getStreamTailId(topic)
    yield { type: 'connected', cursor }
    while (!signal.aborted) {
      try {
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
          yield entry
          cursor = entry.id
        }
      } catch {
        cursor = await repository.getStreamTailId(topic)
      }
      await clock.sleep(100, signal)
    }
  }
  const steps = [advanceTo('read-returned', { outcome: 'empty' }), append(1), advanceTo('delivered'), fail('read')]
  const lost = async () => {
    const { history, verdict } = await runCase([...steps, advanceTo('read-returned'), append(1)], { consume: resets })
    expect(verdict.anomalies).toMatchObject([{ value: 's2', rule: '4.5', culprit: { name: 'tail-after-error' } }])
    return timelineRows(history, verdict, redisDialect)
  }

  it('are bad where it was lost, and not where it was appended', async () => {
    const rows = await lost()
    const guilty = rows.filter(({ culprit }) => culprit)
    expect(guilty.map(({ consumerText, tone }) => [consumerText, tone])).toEqual([['asks for the tail', 'bad']])
    expect(rows.filter((row) => row.lost).map(({ producerText, tone }) => [producerText, tone])).toEqual([['append s2', undefined]])
  })

  it('show the gap that mattered, and no other', async () => {
    expect(new Set((await lost()).flatMap(({ gaps }) => gaps.map(({ name }) => name)))).toEqual(new Set(['error-gap']))
  })
})

describe('the rows', () => {
  it('say who moved, in which step, and which gap was open', async () => {
    const { history, verdict } = await emptyGap()
    const rows = timelineRows(history, verdict, redisDialect)
    expect(rows.map(({ kind, n, step }) => [kind, n, step])).toEqual([
      ['move', 1, 1],
      ['move', 2, 1],
      ['move', 3, 1],
      ['move', 4, 2],
      ['note', undefined, undefined],
      ['pause', undefined, undefined],
      ['move', 5, undefined],
      ['move', 6, undefined],
      ['note', undefined, undefined],
    ])
    expect(rows[1]).toEqual({
      kind: 'move',
      n: 2,
      step: 1,
      at: 4,
      consumer: 0,
      consumerText: 'read #1 after "$"',
      consumerArrow: 'right',
      storeText: '"$" is 0-0; waits, BLOCK 2000',
      gaps: [],
    })
    expect(rows[3]).toEqual({
      kind: 'move',
      n: 4,
      step: 2,
      at: 10,
      storeText: '1-0',
      producerArrow: 'left',
      producerText: 'append s1',
      lost: true,
      gaps: [{ consumer: 0, name: 'empty-gap' }],
    })
  })

  it('hold nothing that a terminal would obey', () => {
    const rows = timelineRows(
      [
        { type: 'tail-sent', consumer: 0 },
        { type: 'tail-returned', consumer: 0, id: '\u001b[31m\u202e\n' },
      ],
      NONE,
      redisDialect,
    )
    expect(rows[0]!.storeText).toBe('tail is "\\x1b[31m\\u202e\\n"')
  })
})

describe('the lanes', () => {
  const everything: [string, Parameters<typeof runCase>[0], RunCaseOptions][] = [
    [
      'one consumer',
      [advanceTo('blocked'), append(2), advanceTo('delivered'), append(1), trim(1), poison(4), fail('read', { after: 1 }), finish()],
      {},
    ],
    [
      'two',
      [advanceTo('blocked'), advanceTo('blocked', { consumer: 1 }), expire(1), append(5), abort(), append(1), restart('last-id'), drop()],
      { consumers: 2 },
    ],
    [
      'three',
      [
        advanceTo('blocked'),
        advance(2),
        advanceTo('announced', { consumer: 1 }),
        append(1),
        advanceTo('read-returned', { consumer: 2 }),
        append(1),
      ],
      { consumers: 3 },
    ],
    [
      'five',
      [
        advanceTo('blocked'),
        advanceTo('announced', { consumer: 1 }),
        advanceTo('announced', { consumer: 4 }),
        append(1),
        advanceTo('read-returned', { consumer: 1 }),
      ],
      { consumers: 5 },
    ],
  ]

  it.each(everything)('never run into each other or beyond the width: %s', async (_, steps, options) => {
    const result = await runCase(steps, options)
    for (const width of [60, 66, 72, 80, 100, 140]) {
      const lines = draw(result, width).split('\n')
      expect(lines.filter((line) => widthOf(line) > width)).toEqual([])
      // Whatever is in the producer's lane begins where its heading does.
      const column = lines[0]!.indexOf('producer')
      expect(column).toBeGreaterThan(0)
      for (const line of lines.slice(2, -1)) {
        if (line.startsWith('  ┊')) continue
        expect(line.slice(column - 2, column)).toMatch(/^\s*$/)
      }
    }
  })

  it.each(everything)('give way to a list where there is no room for them: %s', async (_, steps, options) => {
    const result = await runCase(steps, options)
    const words = (text: string) => text.replaceAll(/[^\w$#.-]+/g, ' ')
    for (const width of [30, 40, 59]) {
      const text = draw(result, width)
      expect(text.split('\n').filter((line) => widthOf(line) > width)).toEqual([])
      // A word that is longer than a line is broken, so this looks at those that are whole.
      for (const { consumerText, storeText, producerText, note } of timelineRows(result.history, result.verdict, redisDialect))
        for (const each of [consumerText, storeText, producerText, note])
          if (each !== undefined && each.length < 20) expect(words(text)).toContain(words(each).trim())
    }
  })

  it('as a list say who does what, in the order in which it happens', async () => {
    expect(
      draw(await emptyGap(), 40)
        .split('\n')
        .slice(0, 9),
    ).toEqual([
      '  1  consumer: announces: ready',
      '  2  consumer: read #1 after "$"',
      '     store: "$" is 0-0; waits, BLOCK',
      '     2000',
      '  3  store: times out',
      '     consumer: empty',
      '  4  producer: append s1',
      '     store: 1-0',
      '     ░ the empty gap is open',
    ])
  })

  it('colour whole lines, and nothing else', async () => {
    const { history, verdict } = await emptyGap()
    const rows = timelineRows(history, verdict, redisDialect)
    const coloured = renderTimeline(rows, { style: colourStyle })
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderTimeline(rows, { style: plainStyle }))
    expect(coloured).toContain('\u001b[31m')
  })

  it('of several consumers have an arrow that runs through the others', async () => {
    const text = await drawn([advanceTo('blocked'), advanceTo('read-returned', { consumer: 1 }), append(1)], { consumers: 2 })
    expect(text).toMatch(/consumer 0 +consumer 1 +store +producer/)
    expect(text).toMatch(/read #1 after +─{10,}▶ {2}"\$" is 0-0/)
    expect(text).toMatch(/ {15,}░░ empty gap ░+ +1-0 +◀─+ {2}append s1/)
    expect(text).toMatch(/consumer 1: … read #\d delivers 2-0, the fence/)
  })

  it('of more than three consumers are one, with labels', async () => {
    const text = await drawn([advanceTo('blocked'), advanceTo('read-returned', { consumer: 3 }), append(1)], { consumers: 4 })
    expect(text).toMatch(/^ +consumers +store +producer/)
    expect(text).toMatch(/3: read #1 after "\$" +─+▶/)
    expect(text).toMatch(/░░ gap of 3 ░+ +1-0/)
  })

  it('keep their place with wide characters', () => {
    const text = tell([
      { type: 'append-called', value: 's1' },
      { type: 'append-returned', value: 's1', outcome: 'fail', error: '書き込みに失敗しました 🚫' },
    ])
    const line = text.split('\n')[2]!
    expect(widthOf(line.slice(0, line.indexOf('append s1')))).toBe(text.split('\n')[0]!.indexOf('producer'))
  })
})

describe('what happens', () => {
  const told = async (expected: readonly RegExp[], steps: Parameters<typeof runCase>[0], options: RunCaseOptions = {}) => {
    const text = await drawn(steps, options)
    for (const pattern of expected) expect(text).toMatch(pattern)
  }

  it('to reads', () =>
    told(
      [
        /asks for the tail +◀─+▶ {2}tail is 0-0/,
        /announces: ready/,
        /read #1 after 0-0 +─+▶ {2}waits, BLOCK 2000/,
        /1 entry +◀─+ {2}wakes: 1-0/,
        /delivers s1 \(1-0\)/,
        /pauses 100 ms/,
      ],
      [advanceTo('blocked'), append(1), advanceTo('read-returned', { outcome: 'empty' }), append(1)],
      { consume: snapshotCursor },
    ))

  it('to entries', () =>
    told(
      [
        /1-0 … 5-0 +◀─+ {2}append s1 … s5/,
        /removes 1-0 and 2-0 +◀─+ {2}trim/,
        /removes 4-0 +◀─+ {2}delete/,
        /6-0, 7-0 +◀─+ {2}add 2 undecodable/,
        /removes 3-0 … 7-0 +◀─+ {2}drop topic/,
        /status: done/,
      ],
      [advanceTo('read-called'), append(5), trim(3), remove(4), poison(2), drop(), finish(), append(1)],
      { consume: snapshotCursor },
    ))

  it('to appends that fail', () =>
    told(
      [/rejected: injected by( the schedule)? +◀─+ {2}append s1/, /next append will/],
      [advanceTo('blocked'), fail('append'), append(1)],
    ))

  it('to entries under explicit ids', () => told([/9-0 +◀─+ {2}append s1 as 9-0/], [advanceTo('read-called'), append(1, { ids: ['9-0'] })]))

  it('to connections and sessions', async () => {
    await told([/connection cut +─*╳─*/, /░░ error gap ░+/], [advanceTo('blocked'), disconnect(), append(1)])
    await told(
      [/aborted/, /░░ away ░+ +2-0/, /starts again above 1-0/],
      [advanceTo('blocked'), append(1), advanceTo('delivered'), abort(), append(1), restart('last-id')],
    )
    await told([/its client leaves/, /░░ away ░+ +3-0/], [advanceTo('blocked'), append(2), advanceTo('delivered'), leave(), append(1)])
    await told(
      [/starts again above 1-0, 1\s+id before its last/],
      [advanceTo('blocked'), append(2), advanceTo('delivered'), advanceTo('delivered'), abort(), restart('last-id', 0, { back: 1 })],
    )
  })

  it('to consumers that end', async () => {
    const consume: Subject['consume'] = async function* (context) {
      for await (const frame of snapshotCursor(context)) {
        yield frame
        if (frame.type === 'entry') throw new Error('no more \u001b[2J of this')
      }
    }
    await told([/throws: no more \\x1b\[2J/], [advanceTo('blocked'), append(2)], { consume })
  })

  it('to what never comes back', () => {
    const text = tell([
      { type: 'read-called', consumer: 0, read: 1, cursor: '0-0', timeoutMs: 2000, count: 10 },
      { type: 'read-sent', consumer: 0, read: 1 },
      { type: 'append-called', value: 's1' },
      { type: 'stalled', what: 'append s1 is held up by a read that is blocked' },
    ])
    expect(text).toMatch(/never answers +◀─+ {2}append s1/)
    expect(text).toMatch(/┊ {3}stalled: append s1 is held up/)
  })

  it('to a read that the client sends again', () => {
    const history: History = [
      { type: 'session', consumer: 0, session: 0, start: 'tail' },
      { type: 'read-called', consumer: 0, read: 1, cursor: '$', timeoutMs: 2000, count: 10 },
      { type: 'read-sent', consumer: 0, read: 1 },
      { type: 'blocked', consumer: 0, read: 1 },
      { type: 'disconnected', consumer: 0 },
      { type: 'append-called', value: 's1' },
      { type: 'append-returned', value: 's1', outcome: 'ok', id: '1-0' },
      { type: 'blocked', consumer: 0, read: 1 },
      { type: 'expired', consumer: 0, read: 1 },
      { type: 'read-returned', consumer: 0, read: 1, outcome: 'empty' },
      { type: 'quiescent', consumer: 0 },
      { type: 'witness', entries: [{ id: '1-0' as StreamId, value: 's1' }] },
    ]
    expect(tell(history)).toMatch(/read #1 again +─+▶ {2}"\$" is 1-0; waits/)
    const anomalies = [
      { code: 'unseen', rule: '4.5', evidence: '', consumer: 0, session: 0, value: 's1', id: '1-0', window: 'error-gap' },
    ] as const
    expect(explain(history, { anomalies, reasons: [] }, redisDialect)[0]).toBe(
      'Entry 1-0 was appended after the connection was cut and before read #1 was sent again and resolved "$" to 1-0.',
    )
  })
})

describe('the row that is marked', () => {
  const rowsOf = (history: History, noReturn?: NoReturn) => timelineRows(history, check(history), redisDialect, noReturn)
  const marked = (events: History) => rowsOf(events).flatMap(({ culprit, consumerText }) => (culprit ? [consumerText] : []))
  const ack = { consumer: 0, command: 'XACK', does: ['acknowledge'] } as const

  it('is the batch where entries of it were dropped, and no hand-over of another', () => {
    const first = story().connected().append('s1', 's2', 's3').reading().returned('batch')
    expect(marked(first.entry('s1').deliver('s1').entry('s2').entry('s3').ended().append('s4').poll('s4').end())).toEqual(['3 entries'])
    // The next read is under way when what the last one brought is handed out.
    const late = story().connected().append('s1', 's2', 's3', 's4').reading().batch('s1', 's2')
    expect(marked(late.reading().returned('batch').entry('s3').deliver('s1').entry('s4').ended().deliver('s2', 's3').end())).toEqual([
      '2 entries',
    ])
  })

  it('is the acknowledgement where that came before the hand-over', () => {
    const read = story().connected().append('s1', 's2').reading().batch('s1')
    const acknowledged = read.event({ type: 'command-called', ...ack }, { type: 'command-returned', ...ack })
    expect(marked(acknowledged.disconnected().poll('s2').end())).toEqual(['XACK'])
  })

  it('is in no fold: neither with the fence, nor with what looks the same', () => {
    const latest = { cursor: '$' }
    const failed = story().session().announced().waiting(latest).disconnected().returned('error').ended('error').append('s1')
    // The read that lost it is the one that the fence wakes.
    const woken = failed.waiting(latest).quiescent().append(FENCE).served(FENCE).quiescent().witnessed()
    expect(marked(woken)).toEqual(['read #2 after "$"'])
    expect(draw({ history: woken, verdict: check(woken) })).toMatch(
      /✗ \d +read #2 after "\$" ─+▶ {2}"\$" is 1-0.*\n.*… read #2 delivers 2-0/,
    )
    const again = story().connected().append('s1').idle({ cursor: '1-0' })
    for (let read = 2; read < 5; read++) again.idle()
    const rows = rowsOf(again.end())
    expect(rows.filter(({ culprit }) => culprit).map(({ consumerText }) => consumerText)).toEqual(['read #1 after 1-0'])
    expect(rows.some(({ note }) => /more empty read/.test(note ?? ''))).toBe(true)
  })

  it('stands behind the moment until which it was not lost, however many appends are one row', () => {
    const events = story().connected().append('s1', 's2', 's3', 's4', 's5', 's6').reading().returned('batch')
    const history = events.entry('s1').deliver('s1').entry('s2').entry('s3').ended().poll('s4', 's5', 's6').end()
    const at = history.findIndex((event) => event.type === 'append-returned' && event.value === 's4')
    const rest = { consumer: 0, session: 0, step: 0, runs: 2, continuations: ['idle'] } as const
    const texts = rowsOf(history, { value: 's3', kind: 'later-append', at, ...rest }).map(({ note, producerText }) => note ?? producerText)
    const until = texts.indexOf('until here s3 could still have been delivered')
    expect(texts.slice(until - 1, until + 2)).toEqual(['append s3', 'until here s3 could still have been delivered', 'append s4'])
  })
})

describe('one that listens', () => {
  const SUBSCRIBE = { consumer: 0, command: 'SUBSCRIBE', does: ['listen'] } as const
  const subscribing = [
    { type: 'command-called', ...SUBSCRIBE },
    { type: 'command-returned', ...SUBSCRIBE },
  ] as const
  const untold = { type: 'notification', value: 's1' } as const
  const fence = [
    { type: 'notification', value: FENCE },
    { type: 'notified', consumer: 0, value: FENCE },
  ] as const
  /** It reads nothing: what it waits for is a message. */
  const endOf = (lost: Story) =>
    lost
      .event({ type: 'drain' }, { type: 'quiescent', consumer: 0, silent: true })
      .append(FENCE)
      .event(...fence)
      .deliver(FENCE)
      .witnessed()

  it('has its announcement, its subscription and its cut in the timeline, and the heading of the gap whole', () => {
    const early = endOf(
      story()
        .session()
        .announced()
        .append('s1')
        .event(untold, ...subscribing),
    )
    const text = draw({ history: early, verdict: check(early) })
    expect(text).toMatch(/✗ 1 +(░ )?announces: ready/)
    expect(text).toMatch(/SUBSCRIBE/)
    expect(text).toContain('░░ connect gap ░')
    expect(text).toContain('… it delivers 2-0, the fence that the harness appends last')

    const missed = endOf(
      story()
        .session()
        .event(...subscribing)
        .announced()
        .disconnected()
        .append('s1')
        .event(untold, ...subscribing),
    )
    const cut = draw({ history: missed, verdict: check(missed) })
    expect(cut).toMatch(/\n {2}3 +(░ )?connection cut +─+╳─+/)
    // It listened again, and read nothing.
    expect(cut).toMatch(/✗ 6 +(░ )?SUBSCRIBE/)
    expect(cut).toContain('░░ error gap ░')
    expect(cut.match(/SUBSCRIBE/g)).toHaveLength(2)
  })

  it('shows what it read before it listened', () => {
    const history = endOf(
      story()
        .connected()
        .empty()
        .event(...subscribing)
        .disconnected()
        .append('s1')
        .event(untold, ...subscribing),
    )
    const text = draw({ history, verdict: check(history) })
    for (const shown of [/read #1 after 0-0/, /empty +◀/, /connection cut/]) expect(text).toMatch(shown)
    expect(text).toContain('… it delivers 2-0, the fence')
  })

  it('says the gap without the word where there is no room for it', () => {
    const many = story().session().announced().as(1).session().announced().as(2).session().announced().append('s1')
    const text = tell(many.end(0, 1, 2), 78)
    expect(text.match(/░░ connect(?! gap)/g)?.length).toBeGreaterThan(3)
    expect(text).not.toContain('…  ')
    expect(text).not.toMatch(/░░[^░\n]*…/)
  })
})

describe('folding', () => {
  it('makes one row of what was delivered, unless something in between was lost', () => {
    const values = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']
    const whole = story()
      .connected()
      .append(...values)
      .reading()
      .batch(...values)
    expect(tell(whole.deliver(...values).end())).toContain('delivers s1 … s8 (1-0 … 8-0)')
    const holed = story()
      .connected()
      .append(...values)
      .reading()
      .batch(...values)
    const history = holed.deliver('s1', 's2', 's3', 's5', 's6', 's7', 's8').end()
    const text = draw({ history, verdict: check(history) })
    expect(text).toContain('delivers s1 … s3 (1-0 … 3-0)')
    expect(text).toContain('delivers s5 … s8 (5-0 … 8-0)')
  })

  it('counts read cycles that are all the same', async () => {
    const text = await drawn([
      advanceTo('read-returned'),
      advanceTo('read-returned'),
      advanceTo('read-returned'),
      advanceTo('read-returned'),
      append(1),
    ])
    expect(text).toMatch(/┊ {3}… 2 more empty reads \(#2, #3\)/)
    expect(text).toMatch(/read #4 after "\$"/)
  })

  it('counts questions for the tail that fail alike', () => {
    const asked: HistoryEvent[] = [
      { type: 'tail-called', consumer: 0 },
      { type: 'tail-sent', consumer: 0 },
      { type: 'tail-returned', consumer: 0, error: 'fill in' },
      { type: 'paused', consumer: 0, ms: 100 },
    ]
    const text = tell([{ type: 'session', consumer: 0, session: 0, start: 'tail' }, ...asked, ...asked, ...asked, ...asked.slice(0, 3)])
    expect(text.match(/asks for the tail/g)).toHaveLength(2)
    expect(text).toContain('… fails 2 more times')
  })

  it('keeps the read that proves the loss, and makes one line of the fence', async () => {
    const text = draw(await emptyGap())
    expect(text).toMatch(/read #2 after "\$" +─+▶ {2}"\$" is 1-0; waits/)
    expect(text).not.toMatch(/the fence\b.*◀/)
    expect(text).toMatch(/┊ {3}… read #3 delivers 2-0, the fence that the harness appends last/)
  })

  it('shows a fence that was not delivered', async () => {
    const consume: Subject['consume'] = async function* (context) {
      for await (const frame of snapshotCursor(context)) if (frame.type !== 'entry') yield frame
    }
    expect(await drawn([advanceTo('blocked'), append(1)], { consume })).toMatch(/2-0 +◀─+ {2}the fence/)
  })

  it('leaves out the middle of what is too long, but not what was lost', async () => {
    const steps = Array.from({ length: 40 }, () => [advanceTo('delivered'), append(1)]).flat()
    const text = await drawn([advanceTo('blocked'), append(1), ...steps, advanceTo('read-returned', { outcome: 'empty' })], {
      consume: snapshotCursor,
    })
    expect(text.split('\n').length).toBeLessThan(45)
    expect(text).toMatch(/┊ +… \d+ rows left out/)
  })
})
