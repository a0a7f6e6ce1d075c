/** Frames that carry several entries, or a part of one. */
import { describe, expect, it } from 'vitest'
import { append, advanceTo, schedule } from '../../src/index.js'
import { Frames, Values } from '../../src/stage/values.js'
import { reproduce } from '../../src/testing/index.js'
import { expectRight, expectWrong, onModel } from '../support/programs/program.js'
import { right, wrong } from '../support/programs/framing.js'
import { openModel } from '../support/subjects.js'

describe('a program that is right, with', () => {
  it.each(Object.entries(right))('%s', async (_, each) => expectRight(await onModel(each)), 60_000)
})

describe('a program that is wrong, with', () => {
  it.each(Object.entries(wrong))('%s', async (_, [rule, each]) => expectWrong(await onModel(each), rule), 60_000)
})

describe('a frame with several entries', () => {
  const subject = {
    name: 'messages',
    store: 'memory',
    open: openModel,
    ...right['a message for each batch, with a list of its entries'],
  } as never

  it('is one gate, and each of its entries may be named by a step', async () => {
    const steps = [advanceTo('read-called'), append(3), advanceTo('delivered'), advanceTo('delivered'), advanceTo('delivered'), append(1)]
    const { history, ending, verdict } = await reproduce(subject, schedule(steps))
    expect(ending).toEqual({ kind: 'completed' })
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4 } })
    const first = history.findIndex(({ type }) => type === 'delivered')
    expect(history.slice(first, first + 3)).toMatchObject([{ value: 's1' }, { value: 's2' }, { value: 's3' }])
  })

  it('does not stand for an entry that it has not', async () => {
    const steps = [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('delivered')]
    expect((await reproduce(subject, schedule(steps))).ending).toMatchObject({ kind: 'diverged', step: 4 })
  })
})

describe('what frames carry', () => {
  function three(): { frames: Frames; data: readonly unknown[] } {
    const values = new Values()
    const data = ['s1', 's2', 's3'].map((value) => values.create(value, { of: value }))
    for (const n of [1, 2, 3]) values.acknowledged(`s${n}`, `${n}-0`)
    return { frames: new Frames(values), data }
  }

  it('has the id of the frame only in its last entry', () => {
    const { frames, data } = three()
    expect(frames.carriedBy([{ id: '9-9', data }])).toEqual([
      { id: '1-0', value: 's1' },
      { id: '2-0', value: 's2' },
      { id: '9-9', value: 's3' },
    ])
  })

  it('is told by what is in it that nobody has appended', () => {
    const { frames, data } = three()
    expect(frames.carriedBy([{ data: [data[0], { sentinel: 's2@tailrace' }] }])).toMatchObject([
      { value: 's1' },
      { value: 's2', got: expect.stringContaining('s2@tailrace') },
    ])
    expect(frames.carriedBy([{ data: 'nothing of this' }])).toEqual([{ got: '"nothing of this"' }])
  })

  it('keeps parts of several apart by their ids', () => {
    const { frames, data } = three()
    const [one, two] = data.map((each) => JSON.stringify(each))
    const part = (id: string, text: string, complete: boolean) => frames.carriedBy([{ id, data: text, complete }])
    expect(part('1-0', one!.slice(0, 12), false)).toEqual([])
    expect(part('2-0', two!.slice(0, 7), false)).toEqual([])
    expect(part('1-0', one!.slice(12), true)).toEqual([{ id: '1-0', value: 's1' }])
    expect(part('2-0', two!.slice(7), true)).toEqual([{ id: '2-0', value: 's2' }])
  })

  it('does not take a small entry for the rest of a large one', () => {
    const { frames, data } = three()
    frames.carriedBy([{ id: '1-0', data: '{"sentinel":"s1@', complete: false }])
    expect(frames.carriedBy([{ id: '2-0', data: data[1] }])).toEqual([{ id: '2-0', value: 's2' }])
    expect(frames.carriedBy([{ data: data[2] }])).toEqual([{ id: '3-0', value: 's3' }])
    expect(frames.carriedBy([{ id: '1-0', data: 'tailrace","body":{"of":"s1"}}' }])).toEqual([{ id: '1-0', value: 's1' }])
  })

  it('tells entries that hold the same by the id of their frame, and by their order', () => {
    const values = new Values()
    const data = values.create('s1')
    for (const n of [2, 3, 4]) values.repeat(`s${n}`, 's1')
    for (const n of [1, 2, 3, 4]) values.acknowledged(`s${n}`, `${n}-0`)
    const frames = new Frames(values)
    const of = (id: string, count: number) => frames.carriedBy([{ id, data: Array(count).fill(data) }]).map(({ value }) => value)
    expect(of('2-0', 2)).toEqual(['s1', 's2'])
    expect(of('4-0', 2)).toEqual(['s3', 's4'])
  })
})
