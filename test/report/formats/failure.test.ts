import { describe, expect, it } from 'vitest'
import { FENCE, type History } from '../../../src/history/event.js'
import { check } from '../../../src/oracle/check.js'
import { schedule } from '../../../src/schedule/schedule.js'
import { history } from '../../oracle/histories.js'
import { redisDialect } from '../../../src/dialects/redis/dialect.js'
import { snapshotCursor } from '../../../src/consumers/loops.js'
import { failureText } from '../../../src/report/formats/failure.js'
import { colourStyle } from '../../../src/report/style.js'
import { widthOf } from '../../../src/report/text.js'
import { advanceTo, append, fail } from '../../../src/schedule/scenario.js'
import type { Subject } from '../../../src/subject/subject.js'
import { WHO, emptyGap, runCase } from '../runs.js'

describe('the text of R1', () => {
  it('is this', async () => {
    expect(failureText(await emptyGap(), WHO)).toMatchInlineSnapshot(`
      "✗ empty-gap   RedisStreamRepository × literal-dollar   1 of 1 owed entries lost
        2 steps · 4 ms

        replay    npx tailrace replay .tailrace/empty-gap-3f9a.json
        smallest  consumer → empty · append 1 · drain

        Entry 1-0 was appended after read #1 returned empty and before read #2
        resolved "$" to 1-0. Every later read asks for ids above 1-0, so nothing can
        reach it.

            consumer                  store                                 producer
        ─────────────────────────────────────────────────────────────────────────────
        1   announces: ready
        2   read #1 after "$" ─────▶  "$" is 0-0; waits, BLOCK 2000
        3   empty             ◀─────  times out
        4   ░░ empty gap ░░░░         1-0                           ◀─────  append s1
        ┊   the schedule is over: drain
        ┊   ░ pauses 100 ms
      ✗ 5   read #2 after "$" ─────▶  "$" is 1-0; waits, BLOCK 2000
        6   empty             ◀─────  times out
        ┊   … read #3 delivers 2-0, the fence that the harness appends last
        ─────────────────────────────────────────────────────────────────────────────

        s1 at 1-0 never delivered   unseen @empty-gap · rule 4.2 · race R1

        rule      4.2: An empty read leaves the cursor where it was. See
                  docs/rules.md#rule-4-2
        hint      take the cursor once, as the id of the tail, and move it only to ids
                  that were delivered: an empty read leaves it where it is"
    `)
  })

  it('has its sections in their order', async () => {
    const text = failureText(await emptyGap({ notes: ['real time-outs were waited for'] }), WHO)
    const order = [
      '✗ empty-gap',
      '1 of 1 owed entries lost',
      '  replay ',
      '  smallest ',
      '  Entry 1-0 was',
      'consumer  ',
      'read #1 after "$"',
      's1 at 1-0 never',
      'unseen @empty-gap · rule 4.2 · race R1',
      '  hint ',
      '  note ',
    ]
    const places = order.map((part) => text.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('is the same in colour', async () => {
    const result = await emptyGap()
    // oxlint-disable-next-line no-control-regex
    expect(failureText(result, WHO, { style: colourStyle }).replaceAll(/\u001b\[\d+m/g, '')).toBe(failureText(result, WHO))
  })
})

it('keeps to the width, but for what is there to be copied', async () => {
  const cases = [
    await emptyGap({ name: 'a-scenario-with-a-name-that-goes-on-for-ever-and-a-day-and-then-some-more-of-it' }),
    await runCase([advanceTo('announced'), append(11)]),
    await runCase([fail('read'), advanceTo('read-returned'), append(1), advanceTo('blocked', { consumer: 1 }), append(1)], {
      consumers: 3,
    }),
    await runCase([advanceTo('blocked')], { consume: snapshotCursor }),
  ]
  for (const result of cases) {
    for (const width of [60, 80, 120]) {
      const lines = failureText(result, WHO, { width }).split('\n')
      expect(lines.filter((line) => widthOf(line) > width && !/^ {2}(replay|smallest) /.test(line))).toEqual([])
    }
  }
})

it('says how to get a burst again, with words that a shell leaves alone', async () => {
  const result = await emptyGap({ kind: 'burst', name: 'bursts', seed: -7, path: '36:2:0', foundAfter: 1037 })
  const text = failureText(result, { name: "Redis repo's", consumer: 'literal-dollar', dialect: redisDialect })
  expect(text).toContain('  replay    npx tailrace replay .tailrace/empty-gap-3f9a.json\n')
  expect(text).toContain("            npx tailrace run --subject 'Redis repo'\\''s' --seed -7 --path 36:2:0\n")
  expect(text).toContain('schedule 1,037 · 2 steps · 4 ms')
})

it('shows the smallest schedule, with the options that matter', async () => {
  const result = await runCase([advanceTo('announced'), append(4)], { read: { count: 3 }, consumers: 2 })
  expect(failureText(result, WHO)).toContain('  smallest  consumer → announced · append 4 · drain   (2 consumers, count 3)\n')
})

it('lists so many anomalies and counts the rest', async () => {
  const consume: Subject['consume'] = async function* (context) {
    for await (const frame of snapshotCursor(context)) {
      yield frame
      if (frame.type === 'entry') yield frame
    }
  }
  const text = failureText(await runCase([advanceTo('blocked'), append(30)], { consume }), WHO)
  expect(text).toContain('nothing lost, but 30 anomalies')
  expect(text.match(/duplicate-delivery · rule 4\.7/g)).toHaveLength(10)
  expect(text).toContain('  and 20 more anomalies\n')
  expect(text).toMatch(/hint +move the cursor to each entry that was handed out/)
})

describe('what was lost', () => {
  const told = (events: History, width = 120) => {
    const verdict = check(events)
    const steps = { kind: 'scenario', name: 'case', ms: 4, notes: [], schedule: schedule([]) } as const
    return failureText({ ...steps, history: events, verdict }, WHO, { width })
  }
  const values = Array.from({ length: 9 }, (_, at) => `s${at + 1}`)
  const handingOut = (...handed: readonly string[]) =>
    history()
      .connected()
      .append(...values)
      .reading()
      .batch(...values)
      .deliver(...handed)
      .end()

  it('is a range only where nothing in between was delivered', () => {
    expect(told(handingOut('s1', 's9'))).toContain('s2 … s8 at 2-0 … 8-0 never delivered')
    expect(told(handingOut('s1', 's9'))).toContain('7 entries (2-0 … 8-0) were')
    const holed = told(handingOut('s1', 's4', 's7', 's9'))
    expect(holed).toContain('s2 at 2-0, s3 at 3-0 and 3 more never delivered')
    expect(holed).toContain('5 entries (2-0, 3-0 and 3 more) were')
    expect(holed).not.toMatch(/s2 … s8|2-0 … 8-0/)
    expect(told(handingOut('s1', 's2', 's4', 's5', 's7', 's8', 's9'))).toContain('s3, s6 at 3-0, 6-0 never delivered')
    expect(told(handingOut('s1', 's2', 's4', 's6', 's8', 's9'))).toContain('s3 at 3-0, s5 at 5-0 and s7 at 7-0 never delivered')
  })

  it('is the fence, where every other entry was delivered', () => {
    const jumping = history().connected().append('s1').poll('s1').waiting({ cursor: '2-0' }).emptied()
    const lost = jumping.waiting({ cursor: '2-0' }).quiescent().append(FENCE).emptied().idle({ cursor: '2-0' }).quiescent().witnessed()
    expect(told(lost).split('\n')[0]).toContain('nothing lost but the fence, which the harness appends last')
    expect(told(lost)).toContain('fence at 2-0 never delivered')
  })
})

it('says of an unknown verdict why it is one', async () => {
  const text = failureText(await runCase([advanceTo('blocked')], { consume: snapshotCursor }), WHO)
  expect(text).toMatch(/^\? case {3}RedisStreamRepository × literal-dollar {3}nothing shown/)
  expect(text).toMatch(/Nothing can be concluded: nothing was owed: no entry was appended after the\n/)
})

it('makes what comes from the subject visible', async () => {
  const consume: Subject['consume'] = async function* (context) {
    for await (const frame of snapshotCursor(context)) {
      yield frame.type === 'entry' ? { id: frame.id, data: { sentinel: 's1', evil: '\u001b]0;title\u0007\u202e' } } : frame
    }
  }
  const text = failureText(await runCase([advanceTo('blocked'), append(1)], { consume }), {
    name: 'a\u001b[31mb',
    consumer: 'c\nd',
    dialect: redisDialect,
  })
  expect(text).toContain('a\\x1b[31mb × c\\nd')
  expect(text).not.toMatch(/\p{Cc}(?<!\n)|\u202e/u)
})
