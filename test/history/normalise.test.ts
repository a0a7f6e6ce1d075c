import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STREAM_IDS, type StreamId, compareIds, isStreamId, parseStreamId } from '../../src/contract/stream-id.js'
import type { History, HistoryEvent } from '../../src/history/event.js'
import { normalise } from '../../src/history/recorder.js'

const appended = (id: string, value = 's1'): HistoryEvent => ({ type: 'append-returned', value, outcome: 'ok', id })
const chosen = (id: string, value = 's1'): readonly HistoryEvent[] => [
  { type: 'append-called', value, explicitId: parseStreamId(id) },
  appended(id, value),
]
const tail = (id: string): HistoryEvent => ({ type: 'tail-returned', consumer: 0, id })

/** Every id in a history, in the order of its events. */
function idsIn(history: History): readonly string[] {
  return history.flatMap((event): readonly string[] => {
    if (event.type === 'witness') return event.entries.map(({ id }) => id)
    if (event.type === 'removed') return event.ids
    if (event.type === 'read-called') return [event.cursor]
    if (event.type === 'session') return event.from === undefined ? [] : [event.from]
    return 'id' in event && event.id !== undefined ? [event.id] : []
  })
}

/** A server's ids, some of them in one millisecond. */
const fromClock = fc
  .tuple(
    fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(2)), { minLength: 1, maxLength: 12 }),
  )
  .map(([start, steps]) => {
    let [ms, seq] = [start, 0]
    return steps.map(([dt, ds]) => {
      seq = dt === 0 ? seq + ds + 1 : ds
      ms += dt
      return `${ms}-${seq}`
    })
  })

/** Some appended, some only seen: a cursor + 1, an invented tail. */
const serverHistory = fc
  .tuple(fromClock, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 3 }))
  .map(([ids, assigned, own]): History => {
    const explicit = [...new Set(own)].sort((a, b) => a - b).flatMap((ms, i) => chosen(`${ms}-0`, `x${i}`))
    return [...explicit, tail('0-0'), ...ids.map((id, i) => (assigned[i] ? appended(id, `s${i}`) : tail(id)))]
  })

describe('normalise', () => {
  it('gives ids from a clock their rank', () => {
    const history = [tail('0-0'), appended('1712345678901-0', 's1'), appended('1712345678901-1', 's2'), appended('1712345679000-0', 's3')]
    expect(idsIn(normalise(history, STREAM_IDS))).toEqual(['0-0', '1-0', '2-0', '3-0'])
  })

  it('keeps an id that was never assigned in its place', () => {
    const history = [tail('1712345678900-0'), appended('1712345678901-0', 's1'), tail('1712345678901-1'), appended('1712345679000-0', 's2')]
    expect(idsIn(normalise(history, STREAM_IDS))).toEqual(['0-1', '1-0', '1-1', '2-0'])
  })

  it('counts on from the highest id that the schedule chose', () => {
    const history = [...chosen('9-0', 's1'), ...chosen('10-5', 's2'), appended('1712345678901-0', 's3')]
    expect(idsIn(normalise(history, STREAM_IDS))).toEqual(['9-0', '10-5', '11-0'])
  })

  it('leaves alone what is no id', () => {
    const history = [tail('$'), tail('1712345678901'), appended('1712345678901-0')]
    expect(idsIn(normalise(history, STREAM_IDS))).toEqual(['$', '1712345678901', '1-0'])
  })

  it('maps ids wherever they stand, and the same one to the same one', () => {
    const id = parseStreamId('1712345678901-0')
    const history: History = [
      { type: 'session', consumer: 0, session: 0, start: 'id', from: id },
      { type: 'session', consumer: 0, session: 1, start: 'tail' },
      { type: 'append-called', value: 's1' },
      appended(id),
      tail(id),
      { type: 'tail-returned', consumer: 0, error: 'no tail' },
      { type: 'read-called', consumer: 0, read: 1, cursor: id, timeoutMs: 1, count: 1 },
      { type: 'read-entry', consumer: 0, read: 1, id, value: 's1' },
      { type: 'delivered', consumer: 0, id, value: 's1' },
      { type: 'delivered', consumer: 0, value: 's1' },
      { type: 'elsewhere', value: 'x1' },
      { type: 'poisoned', id },
      { type: 'removed', how: 'trim', ids: [id] },
      { type: 'witness', entries: [{ id, value: 's1' }, { id }] },
    ]
    const normal = normalise(history, STREAM_IDS)
    expect(normal).toEqual(JSON.parse(JSON.stringify(history).replaceAll(id, '1-0')))
  })

  it('counts poison and what only the witness saw as assigned', () => {
    const poisoned = parseStreamId('1712345678901-0')
    const seen = parseStreamId('1712345678901-1')
    const history: History = [
      { type: 'poisoned', id: poisoned },
      { type: 'witness', entries: [{ id: poisoned }, { id: seen }] },
    ]
    expect(idsIn(normalise(history, STREAM_IDS))).toEqual(['1-0', '1-0', '2-0'])
  })

  it('changes no comparison: it is strictly monotone, and so no two ids become one', () => {
    fc.assert(
      fc.property(serverHistory, (history) => {
        const [before, after] = [idsIn(history), idsIn(normalise(history, STREAM_IDS))] as [StreamId[], StreamId[]]
        expect(after.every(isStreamId)).toBe(true)
        for (const i of before.keys()) {
          for (const j of before.keys())
            expect(Math.sign(compareIds(after[i]!, after[j]!))).toBe(Math.sign(compareIds(before[i]!, before[j]!)))
        }
      }),
    )
  })

  it('done twice is done once', () => {
    fc.assert(
      fc.property(serverHistory, (history) => {
        expect(normalise(normalise(history, STREAM_IDS), STREAM_IDS)).toEqual(normalise(history, STREAM_IDS))
      }),
    )
  })

  it('gives the same history whenever the clock stood elsewhere', () => {
    fc.assert(
      fc.property(serverHistory, fc.integer({ min: 1, max: 1_000_000 }), (history, later) => {
        const shifted = JSON.parse(JSON.stringify(history).replaceAll(/\d{13}(?=-)/g, (ms) => `${Number(ms) + later}`)) as History
        expect(normalise(shifted, STREAM_IDS)).toEqual(normalise(history, STREAM_IDS))
      }),
    )
  })

  it('leaves the ids of the model alone', () => {
    const small = fc.tuple(fc.nat(1_000_000), fc.nat(100)).map(([ms, seq]) => `${ms}-${seq}`)
    fc.assert(
      fc.property(fc.array(small), (ids) => {
        const history = ids.map((id, i) => appended(id, `s${i}`))
        expect(normalise(history, STREAM_IDS)).toBe(history)
      }),
    )
  })
})
