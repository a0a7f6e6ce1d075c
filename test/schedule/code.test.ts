/** The code that is written of a schedule makes that schedule, whatever is in it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import * as tailrace from '../../src/index.js'
import { literal, scheduleCode, stepCode } from '../../src/schedule/codec.js'
import { schedule } from '../../src/schedule/schedule.js'
import { STEPS, type Step, keysOf } from '../../src/schedule/step.js'

const {
  abort,
  accept,
  advance,
  advanceTo,
  append,
  cut,
  disconnect,
  drop,
  elsewhere,
  expire,
  fail,
  finish,
  leave,
  loseAcknowledgement,
  notify,
  poison,
  refuse,
  remove,
  reply,
  replyError,
  restart,
  slow,
  trim,
} = tailrace

const WRITTEN: readonly (readonly [Step, string])[] = [
  [advance(), 'advance()'],
  [advance(2), 'advance(2)'],
  [advance(0, { held: 1 }), 'advance(0, { held: 1 })'],
  [advanceTo('read-called', { held: 2, consumer: 1 }), "advanceTo('read-called', { held: 2, consumer: 1 })"],
  [advanceTo('blocked'), "advanceTo('blocked')"],
  [advanceTo('read-returned', { outcome: 'empty', consumer: 1 }), "advanceTo('read-returned', { outcome: 'empty', consumer: 1 })"],
  [advanceTo('command-called', { command: 'XACK' }), "advanceTo('command-called', { command: 'XACK' })"],
  [expire(), 'expire()'],
  [abort(1), 'abort(1)'],
  [leave(), 'leave()'],
  [restart('last-id'), "restart('last-id')"],
  [restart('tail', 3), "restart('tail', 3)"],
  [restart('last-id', 0, { back: 2 }), "restart('last-id', 0, { back: 2 })"],
  [restart('last-id', 1, { back: 1 }), "restart('last-id', 1, { back: 1 })"],
  [append(3), 'append(3)'],
  [append(2, { ids: ['9-0', '10-0'] }), "append(2, { ids: ['9-0', '10-0'] })"],
  [append(2, { together: true, equal: true, foreign: true }), 'append(2, { together: true, equal: true, foreign: true })'],
  [append(1, { notify: 'later' }), "append(1, { notify: 'later' })"],
  [append(1, { payloads: ["it's", null, [], { 'a-b': 1, c: {} }] }), "append(1, { payloads: ['it\\'s', null, [], { 'a-b': 1, c: {} }] })"],
  [notify(1), 'notify(1)'],
  [trim(0), 'trim(0)'],
  [remove(2), 'remove(2)'],
  [drop(), 'drop()'],
  [poison(10), 'poison(10)'],
  [elsewhere(1), 'elsewhere(1)'],
  [finish(), 'finish()'],
  [disconnect(1), 'disconnect(1)'],
  [fail('read'), "fail('read')"],
  [fail('append', { times: 2, after: 0 }), "fail('append', { times: 2, after: 0 })"],
  [reply('torn'), "reply('torn')"],
  [replyError('BUSY so', 1), "replyError('BUSY so', 1)"],
  [cut(), 'cut()'],
  [refuse(1), 'refuse(1)'],
  [accept(), 'accept()'],
  [loseAcknowledgement(), 'loseAcknowledgement()'],
  [slow(1000), 'slow(1000)'],
]

/** What the code gives where it stands in a module of a user's. */
function evaluated(code: string, calls: readonly string[]): unknown {
  const functions: Readonly<Record<string, unknown>> = tailrace
  // oxlint-disable-next-line no-implied-eval
  return new Function(...calls, `return (${code})`)(...calls.map((name) => functions[name]))
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the code of a step', () => {
  it.each(WRITTEN)('%j is %s', (step, text) => {
    const code = stepCode(step)
    expect(code).toEqual({ text, calls: [text.split('(')[0]] })
    expect(evaluated(text, code.calls)).toEqual(asJson(step))
  })

  it('is tried of every step that there is', () => {
    expect([...new Set(WRITTEN.flatMap(([step]) => keysOf(step)))].sort()).toEqual(Object.keys(STEPS).sort())
  })

  it('is the step itself where no function makes it', () => {
    const odd = { advance: 0, outcome: 'empty' } as Step
    expect(stepCode(odd)).toEqual({ text: "{ advance: 0, outcome: 'empty' }", calls: [] })
    expect(stepCode({ advance: 0, held: 0 }).text).toBe('{ advance: 0, held: 0 }')
    expect(stepCode({ outcome: 'empty', to: 'read-returned', advance: 0 }).text).toBe("advanceTo('read-returned', { outcome: 'empty' })")
    expect(stepCode({ reply: 0, is: 'error' }).text).toBe("{ reply: 0, is: 'error' }")
  })
})

describe('the code of a schedule', () => {
  it.each([...scenarios, ...wireScenarios].map((each) => [each.name, each.schedule] as const))('makes that of %s', (_, each) => {
    const { lines, calls } = scheduleCode(each)
    const options = evaluated(`{ ${lines.join('\n')} }`, calls) as { steps: Step[]; read?: object; consumers?: number }
    const { steps, ...rest } = options
    expect(JSON.stringify(schedule(steps, rest))).toBe(JSON.stringify(each))
  })

  it('says of reads and consumers what is not so by itself', () => {
    const { lines, calls } = scheduleCode(schedule([append(1)], { read: { count: 2 }, consumers: 2 }))
    expect(lines).toEqual(['steps: [append(1)],', 'read: { count: 2 },', 'consumers: 2,'])
    expect(calls).toEqual(['append'])
    expect(scheduleCode(schedule([])).lines).toEqual(['steps: [],'])
  })

  it('has each step in a line of its own where they do not fit in one', () => {
    const many = Array.from({ length: 8 }, () => append(10))
    expect(scheduleCode(schedule(many)).lines).toEqual(['steps: [', ...many.map(() => '  append(10),'), '],'])
    expect(scheduleCode(schedule(many.slice(3))).lines).toHaveLength(1)
  })
})

describe('JSON as an expression', () => {
  it('gives that JSON, prototypes and escapes included', () => {
    const odd = ['\\"', "\\'", '\u2028', '\ud800', '*/', '`${x}`', JSON.parse('{"__proto__":{"polluted":true}}') as unknown]
    for (const each of odd) expect(JSON.stringify(evaluated(literal(each), []))).toBe(JSON.stringify(each))
    fc.assert(
      fc.property(fc.jsonValue(), (each) => {
        expect(JSON.stringify(evaluated(literal(each), []))).toBe(JSON.stringify(each))
      }),
    )
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
  })
})
