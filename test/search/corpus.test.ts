import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../src/history/event.js'
import { seeded } from '../../src/random/seeded.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { advance, append, fail } from '../../src/schedule/step.js'
import { Corpus } from '../../src/search/corpus.js'
import type { Run } from '../../src/stage/stage.js'

const at = (index: number): HistoryEvent => ({ type: 'step', index })
const gate = (type: 'announced' | 'blocked'): HistoryEvent => ({ type, consumer: 0, read: 0 })
const empty: HistoryEvent = { type: 'read-returned', consumer: 0, read: 0, outcome: 'empty' }
const entry: HistoryEvent = { type: 'append-called', value: 's1' }

const ran = (plan: Schedule, history: readonly HistoryEvent[], rest: Partial<Run> = {}): Run => ({
  schedule: plan,
  history: [...history, { type: 'drain' }],
  ending: { kind: 'completed' },
  clean: true,
  ...rest,
})

const moves = (count: number) => schedule(Array.from({ length: count }, () => advance()))
/** Comes to `announced` with its first step, and waits with its second. */
const waiting = ran(moves(3), [at(0), gate('announced'), at(1), gate('blocked'), at(2)])

/** Where bursts go on from, over so many of them. */
const beginnings = (corpus: Corpus, picks = 50): ReadonlySet<string | undefined> => {
  const random = seeded(1, 'beginnings')
  return new Set(Array.from({ length: picks }, () => corpus.pick(random)?.path))
}

describe('a corpus', () => {
  it('has nothing to go on from at first', () => {
    expect(new Corpus().pick(seeded(1, 'x'))).toBeUndefined()
  })

  it('keeps what led to each place, and all else that the schedule says', () => {
    const corpus = new Corpus()
    corpus.learn({ ...waiting, schedule: { ...waiting.schedule, consumers: 2, read: { count: 3, timeoutMs: 7 } } }, '5')
    expect(beginnings(corpus)).toEqual(new Set(['5:1', '5:2']))
    expect(corpus.pick(seeded(1, 'x'))?.schedule).toMatchObject({ consumers: 2, read: { count: 3, timeoutMs: 7 } })
  })

  it('keeps the shortest way', () => {
    const corpus = new Corpus()
    corpus.learn(ran(moves(4), [at(0), at(1), gate('announced'), at(2), gate('blocked'), at(3)]), '1')
    expect(beginnings(corpus)).toEqual(new Set(['1:1', '1:2', '1:3']))
    corpus.learn(waiting, '1:1,2')
    expect(beginnings(corpus)).toEqual(new Set(['1:1', '1:1,2:1', '1:1,2:2']))
    corpus.learn(waiting, '3')
    expect(beginnings(corpus)).not.toContain('3:1')
  })

  it('tells places apart by what reads gave, and by entries in the window', () => {
    const corpus = new Corpus()
    corpus.learn(waiting, '1')
    corpus.learn(ran(moves(4), [at(0), gate('announced'), at(1), gate('blocked'), at(2), empty, gate('blocked'), at(3)]), '2')
    const withEntry = schedule([advance(), append(1), advance()])
    corpus.learn(ran(withEntry, [at(0), gate('announced'), at(1), entry, at(2), gate('blocked')]), '3')
    expect(beginnings(corpus)).toEqual(new Set(['1:1', '1:2', '2:3', '3:2']))
  })

  it('takes apart nothing that comes in between', () => {
    const corpus = new Corpus()
    const refused = schedule([advance(), fail('append'), append(1), advance()])
    corpus.learn(ran(refused, [at(0), gate('announced'), at(1), at(2), entry, at(3), gate('blocked')]), '1')
    expect(beginnings(corpus)).toEqual(new Set(['1:3']))
  })

  it('learns nothing of what costs much, broke off, or is the order of a program', () => {
    const corpus = new Corpus()
    const many = schedule([append(100), advance()])
    corpus.learn(ran(many, [at(0), entry, at(1), gate('announced')]), '1')
    corpus.learn({ ...waiting, ending: { kind: 'diverged', step: 2, expected: 'a gate', came: 'none' } }, '2')
    corpus.learn({ ...waiting, sideBySide: true }, '3')
    expect(beginnings(corpus)).toEqual(new Set([undefined]))
  })

  it('goes on from everywhere sooner or later', () => {
    const corpus = new Corpus()
    const history = Array.from({ length: 30 }, (_, index) => [
      at(index),
      gate(index % 2 === 0 ? 'announced' : 'blocked'),
      ...(index % 5 === 0 ? [empty] : []),
    ])
    corpus.learn(ran(moves(30), history.flat()), '1')
    const all = beginnings(corpus, 400)
    expect(beginnings(corpus, 3 * all.size).size).toBe(all.size)
  })
})
