/** The log at one row, as a drawing: what stands where, and that many entries are few shapes. */
import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import { STREAM_IDS, type StreamId } from '../../../../src/contract/stream-id.js'
import { LogStrip, idsOf } from '../../../../src/report/formats/html/timeline.js'
import type { Entry, EntryState, Position } from '../../../../src/report/timeline/log.js'

const id = (n: number) => `${n}-0` as StreamId
const entries = (states: readonly EntryState[]): Entry[] => states.map((state, at) => ({ id: id(at + 1), state }))

function drawn(states: readonly EntryState[], rest: Partial<Position> = {}): string {
  const position: Position = { cursors: [], gates: new Map(), tail: id(states.length), entries: entries(states), ...rest }
  return renderToString(h(LogStrip, { ids: idsOf([position], STREAM_IDS), position, several: false, order: STREAM_IDS }))
}

/** Where a line of the cursor is, or the tip of the tail. */
const cursorAt = (svg: string) => Number(/class="cursor" d="M([\d.]+) /.exec(svg)?.[1])
const tailAt = (svg: string) => Number(/class="tail" d="M([\d.]+) /.exec(svg)?.[1]) + 4.5

describe('the strip', () => {
  it('has a box with its id for each entry, and a sign on what was lost', () => {
    const svg = drawn(['delivered', 'lost', 'waiting'])
    expect([...svg.matchAll(/<rect class="(\w+)"/g)].map(([, state]) => state)).toEqual(['delivered', 'lost', 'waiting'])
    expect([...svg.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text)).toEqual(['1-0', '✗ 2-0', '3-0'])
  })

  it('has the cursor behind the entry that it names, and the tail behind the last', () => {
    const at = (from: number) => cursorAt(drawn(['waiting', 'waiting'], { cursors: [{ consumer: 0, asked: id(from), from: id(from) }] }))
    expect([at(0), at(1), at(2)]).toEqual([7, 50, 93])
    expect(tailAt(drawn(['waiting', 'waiting']))).toBe(93)
    // An id that no entry has, or no longer.
    expect(at(7)).toBe(93)
  })

  it('has a "$" that nobody resolved at the tail, and no cursor that is no id', () => {
    const svg = drawn(['waiting'], { cursors: [{ consumer: 0, asked: '$' }] })
    expect(svg).toContain('class="cursor floating" d="M50 ')
    expect(drawn(['waiting'], { cursors: [{ consumer: 0, asked: 'nonsense' }] })).not.toContain('cursor')
  })

  it('has few shapes for many entries', () => {
    const many: EntryState[] = Array.from({ length: 5000 }, (_, at) => (at < 3000 ? 'delivered' : at === 3000 ? 'lost' : 'waiting'))
    expect(drawn(many).match(/<rect/g)).toHaveLength(3)
    expect(drawn(many)).toContain('viewBox="0 0 186 30"')
  })

  it('is in the order of ids as numbers', () => {
    const position = { entries: [10, 9, 100].map((n) => ({ id: id(n), state: 'waiting' as const })) }
    expect(idsOf([position as unknown as Position], STREAM_IDS)).toEqual(['9-0', '10-0', '100-0'])
  })
})
