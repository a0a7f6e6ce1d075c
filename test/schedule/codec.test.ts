import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScheduleError, decodeScenario, decodeSchedule } from '../../src/schedule/codec.js'
import { GATES, READ_OUTCOMES } from '../../src/schedule/gate.js'
import { advance, advanceTo, append, disconnect, notify, remove, scenario } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { STEPS, type Step, keysOf } from '../../src/schedule/step.js'

const index = fc.integer({ min: 0, max: 63 })
const count = fc.integer({ min: 1, max: 10_000 })
const id = fc.tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat()).map(([ms, seq]) => `${ms}-${seq}`)
const json = fc.jsonValue() as fc.Arbitrary<never>

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(
      index,
      fc.record(
        {
          to: fc.constantFrom(...GATES),
          outcome: fc.constantFrom(...READ_OUTCOMES),
          command: fc.constantFrom('XACK', 'JSON.GET'),
          held: fc.nat(3),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([advance, rest]) => ({ advance, ...rest })),
  fc.record({ expire: index }),
  fc.record({ abort: index }),
  fc.record({ leave: index }),
  fc.record({ restart: index, from: fc.constantFrom('last-id' as const, 'tail' as const) }),
  fc.record({ restart: index, from: fc.constant('last-id' as const), back: count }),
  fc
    .tuple(
      count,
      fc.record(
        {
          payloads: fc.array(json, { minLength: 1, maxLength: 3 }),
          ids: fc.array(id, { maxLength: 3 }),
          notify: fc.constant('later' as const),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([append, rest]) => ({ append, ...rest })),
  fc.record({ notify: count }),
  fc.record({ trim: fc.record({ maxLen: fc.nat() }) }),
  fc.record({ delete: count }),
  fc.constant({ drop: 'topic' } as const),
  fc.record({ poison: count }),
  fc.record({ elsewhere: count }),
  fc.constant({ finish: true } as const),
  fc.record({ disconnect: index }),
  fc
    .tuple(
      index,
      fc.constantFrom('withheld' as const, 'lost' as const, 'torn' as const, 'error' as const),
      fc.record({ error: fc.stringMatching(/^[A-Z]+ [^\r\n]*$/) }, { requiredKeys: [] }),
    )
    .map(([reply, is, rest]) => ({ reply, is, ...rest })),
  fc.record({ connections: index, are: fc.constantFrom('cut' as const, 'refused' as const, 'accepted' as const) }),
  fc.constant({ acknowledgement: 'lost' } as const),
  fc.record({ slow: index, bytesPerSecond: count }),
  fc
    .tuple(
      fc.constantFrom('read' as const, 'append' as const, 'tail' as const),
      count,
      fc.record({ after: fc.nat() }, { requiredKeys: [] }),
    )
    .map(([fail, times, rest]) => ({ fail, times, ...rest })),
)
const anySchedule: fc.Arbitrary<Schedule> = fc
  .tuple(fc.array(step, { maxLength: 12 }), fc.record({ timeoutMs: fc.nat(), count }), fc.integer({ min: 1, max: 64 }))
  .map(([steps, read, consumers]) => schedule(steps, { read, consumers }))

const roundTrip = (data: unknown) => decodeSchedule(JSON.parse(JSON.stringify(data)))

function messageOf(data: unknown): string {
  try {
    decodeSchedule(data)
  } catch (error) {
    expect(error).toBeInstanceOf(ScheduleError)
    return (error as Error).message
  }
  throw new Error(`decoded ${JSON.stringify(data)}`)
}

const withSteps = (...steps: readonly unknown[]) => ({ ...schedule([]), steps })

describe('a schedule as JSON', () => {
  it('is tried with every step that there is', () => {
    const kinds = new Set(fc.sample(step, { numRuns: 2000, seed: 1 }).flatMap((each) => keysOf(each)))
    expect([...kinds].sort()).toEqual(Object.keys(STEPS).sort())
  })

  it('comes back as it was', () => {
    fc.assert(
      fc.property(anySchedule, (each) => {
        expect(roundTrip(each)).toEqual(JSON.parse(JSON.stringify(each)))
      }),
    )
  })

  it('comes back the same again', () => {
    fc.assert(
      fc.property(anySchedule, (each) => {
        expect(roundTrip(roundTrip(each))).toEqual(roundTrip(each))
      }),
    )
  })

  it('keeps payloads that codecs trip over', () => {
    const payloads = ['', null, {}, [], -1.5e-7, JSON.parse('{"__proto__":{"polluted":true}}') as never]
    const [decoded] = roundTrip(schedule([{ append: 6, payloads }])).steps
    expect(JSON.stringify(decoded)).toBe(JSON.stringify({ append: 6, payloads }))
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
  })
})

describe('a schedule from outside that is none', () => {
  it.each([undefined, null, 1, 'steps', [], {}, { version: 1 }, { version: 0, steps: [], read: { timeoutMs: 1, count: 1 } }])(
    '%j is refused as a whole',
    (data) => {
      expect(messageOf(data)).toMatch(/^the schedule/)
    },
  )

  it('of a later version says that a newer tailrace is needed', () => {
    expect(messageOf({ ...schedule([]), version: 2 })).toBe(
      'the schedule has version 2, and this tailrace knows versions up to 1: a newer one is needed',
    )
  })

  it('names the option that is wrong', () => {
    expect(messageOf({ ...schedule([]), consumers: 0 })).toContain('the schedule, "consumers"')
    expect(messageOf({ ...schedule([]), read: { timeoutMs: 1, count: 0 } })).toContain('the schedule, "read.count"')
    expect(messageOf({ ...schedule([]), read: { timeoutMs: -1, count: 1 } })).toContain('the schedule, "read.timeoutMs"')
    expect(messageOf({ ...schedule([]), color: 'red' })).toContain('color')
    expect(messageOf({ ...schedule([]), steps: {} })).toContain('the schedule, "steps"')
  })

  it('names the step, counted from 1, and what is wrong in it', () => {
    expect(messageOf(withSteps({ advance: 0 }, { advance: 0, to: 'nowhere' }))).toMatch(/^step 2, "to"/)
    expect(messageOf(withSteps({ append: 0 }))).toMatch(/^step 1, "append"/)
    expect(messageOf(withSteps({ append: 1, ids: ['1-0', ''] }))).toBe('step 1, "ids.1": expected an id')
    expect(messageOf(withSteps({ append: 1, payloads: [] }))).toMatch(/^step 1, "payloads"/)
    expect(messageOf(withSteps({ trim: { maxLen: -1 } }))).toMatch(/^step 1, "trim.maxLen"/)
    expect(messageOf(withSteps({ restart: 0 }))).toMatch(/^step 1, "from"/)
    expect(messageOf(withSteps({ drop: 'everything' }))).toMatch(/^step 1, "drop"/)
    expect(messageOf(withSteps({ finish: false }))).toMatch(/^step 1, "finish"/)
    expect(messageOf(withSteps({ fail: 'disk', times: 1 }))).toMatch(/^step 1, "fail"/)
    expect(messageOf(withSteps({ advance: 64 }))).toMatch(/^step 1, "advance"/)
  })

  it('names a step of no kind or of two, and what there is', () => {
    expect(messageOf(withSteps({ expire: 0 }, {}))).toMatch(/^step 2 is of no known kind: expected one of advance, expire, /)
    expect(messageOf(withSteps({ toString: 1 }))).toMatch(/^step 1 is of no known kind/)
    expect(messageOf(withSteps({ advance: 0, append: 1 }))).toMatch(/^step 1 is of two kinds \(advance, append\)/)
  })

  it('is refused with the number of the step, whatever of it is spoilt', () => {
    const nonsense = fc.constantFrom<unknown>(-1, 1.5, '0', 'nonsense', null, [], {}, true, 1e9)
    const spoilt = fc.tuple(anySchedule, step, fc.nat(), nonsense).map(([each, victim, place, value]) => {
      const [kind] = Object.keys(victim)
      const at = place % (each.steps.length + 1)
      const bad = { ...victim, [kind!]: kind === 'finish' && value === true ? 0 : value }
      return { data: { ...each, steps: [...each.steps.slice(0, at), bad, ...each.steps.slice(at)] }, number: at + 1 }
    })
    fc.assert(
      fc.property(spoilt, ({ data, number }) => {
        expect(messageOf(data)).toMatch(new RegExp(`^step ${number}\\b`))
      }),
    )
  })

  it('is refused with the number of the step that says more than there is to say', () => {
    fc.assert(
      fc.property(anySchedule, step, (each, victim) => {
        const message = messageOf({ ...each, steps: [...each.steps, { ...victim, nonsense: 1 }] })
        expect(message).toMatch(new RegExp(`^step ${each.steps.length + 1}\\b`))
        expect(message).toContain('nonsense')
      }),
    )
  })

  it('never makes it fail in another way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (data) => {
        try {
          decodeSchedule(data)
        } catch (error) {
          expect(error).toBeInstanceOf(ScheduleError)
        }
      }),
    )
  })
})

describe('a scenario from outside', () => {
  const made = scenario('second-page-late', { summary: 'a page fills late', rule: '4.3', steps: [append(2), remove(2), advance()] })
  const messageOfScenario = (data: unknown): string => {
    try {
      decodeScenario(data)
    } catch (error) {
      expect(error).toBeInstanceOf(ScheduleError)
      return (error as Error).message
    }
    throw new Error(`decoded ${JSON.stringify(data)}`)
  }

  it('is what was made, with nothing but a name, a summary and steps, or with all that it may say', () => {
    const least = scenario('a', { summary: 'b', steps: [] })
    const most = scenario('a-1', {
      summary: 'b',
      race: 'R1',
      rule: '4.2',
      also: ['3.8'],
      steps: [advanceTo('read-called', { consumer: 1 }), append(1, { notify: 'later' }), notify(1)],
      read: { count: 2 },
      consumers: 2,
      needs: ['resumes', 'givesUp'],
      consumer: 'sse-task-events',
    })
    for (const each of [least, most, made]) expect(decodeScenario(each)).toEqual(each)
  })

  it.each([undefined, null, 1, 'a', [], {}, { name: 'a', summary: 'b', steps: [] }, schedule([]), () => made])('%j is none', (data) => {
    expect(messageOfScenario(data)).toBe('no scenario: scenario(name, { summary, steps }) makes one')
  })

  it.each<[object, string]>([
    [{ name: 'Two Words' }, '"name": expected a name in lower case with hyphens'],
    [{ name: 'a,b' }, '"name": expected a name in lower case with hyphens'],
    [{ name: '' }, '"name": expected a name'],
    [{ summary: '' }, '"summary": expected one sentence'],
    [{ race: 'first' }, '"race": expected a race'],
    [{ needs: ['resume'] }, '"needs.0": expected one of retries, '],
    [{ needs: 'resumes' }, '"needs": expected a list'],
    [{ consumer: 'mine' }, '"consumer": expected one of snapshot-cursor, sse-task-events'],
    [{ sumary: 'x' }, '"sumary": is not known (a typing error?)'],
    [{ schedule: { ...made.schedule, version: 2 } }, 'the schedule has version 2'],
    [{ schedule: schedule([append(1), { appendd: 1 } as never]) }, 'step 2 is of no known kind'],
    [{ schedule: schedule([append as never]) }, 'step 1 is the function append itself: call it'],
    [{ schedule: schedule([append(1), [append(1)] as never]) }, 'step 2 is a list'],
    [{ schedule: schedule(['append' as never]) }, 'step 1 is no step, but "append"'],
    [{ schedule: schedule([undefined as never]) }, 'step 1 is no step, but undefined'],
    [{ schedule: schedule([advance(), advance(1)]) }, 'step 2 is of consumer 1, counted from 0, and there is 1: "consumers" says how many'],
    [{ schedule: schedule([disconnect(2)], { consumers: 2 }) }, 'step 1 is of consumer 2, counted from 0, and there are 2'],
    [{ schedule: schedule([remove(1)]) }, 'step 1 is of entry s1, and nothing is appended before it'],
    [{ schedule: schedule([append(1), append(2), remove(4)]) }, 'step 3 is of entry s4, and no more than 3 is appended before it'],
    [{ schedule: schedule([append(1), notify(2)]) }, 'step 2 is of entry s2, and no more than 1 is appended before it'],
  ])('with %j is told what is wrong', (wrong, message) => {
    expect(messageOfScenario({ ...made, ...wrong })).toContain(message)
  })
})
