import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { type Certificate, certificateText, certify, decodeCertificate, merge } from '../../src/search/certificate.js'
import {
  type ExploreOptions,
  exploration,
  factorial,
  lineOf,
  linesOf,
  placements,
  stepsOf,
  surveyCycles,
  unreduced,
} from '../../src/search/exploration.js'
import { choose } from '../../src/search/share.js'
import { EVERYTHING, faultsOf } from '../../src/search/alphabet.js'
import { abort, fail, restart } from '../../src/schedule/step.js'
import { mutants, mutantSubject } from '../../src/kit/mutants/index.js'
import { type Judge, search } from '../../src/search/strategy.js'
import { Runner } from '../../src/run/runner.js'
import { literal, snapshot } from '../support/subjects.js'

const bounds = [
  { moves: 9, appends: 1 },
  { moves: 12, appends: 2 },
  { moves: 9, appends: 3 },
]

/** One that loses something only where a read fails. */
const asksAgain = () => mutantSubject(mutants.find(({ name }) => name === 'tail-after-error')!, 'memory')

function run(subject: SubjectDefinition, options: ExploreOptions) {
  const runner = new Runner(subject, memoryStore())
  return search(exploration(options), (each) => runner.judge(each.schedule))
}

describe('counting', () => {
  it('lists C(m + a, a) placements, and counts (m + a)! / m! interleavings', () => {
    for (const bound of bounds) {
      const listed = [...placements(bound)]
      expect(BigInt(listed.length)).toBe(choose(bound.moves + bound.appends, bound.appends))
      expect(BigInt(listed.length) * factorial(bound.appends)).toBe(unreduced(bound))
      expect(new Set(listed.map(String)).size).toBe(listed.length)
    }
    expect(unreduced({ moves: 6, appends: 4 })).toBe(5040n)
  })

  it('writes a placement as a schedule', () => {
    expect(stepsOf([0, 2, 2], lineOf(2))).toEqual([{ append: 1 }, { advance: 0 }, { advance: 0 }, { append: 2 }])
  })
})

describe('exploration', () => {
  for (const [name, subject] of [
    ['literal $', literal()],
    ['snapshot', snapshot()],
  ] as const) {
    for (const bound of bounds) {
      it(`${name}, ${bound.appends} appends over ${bound.moves} moves: reduced and full agree, and both with the closed formula`, async () => {
        const reduced = await run(subject, bound)
        const full = await run(subject, { ...bound, full: true })
        expect(reduced.covered).toBe(unreduced(bound))
        expect(full.covered).toBe(unreduced(bound))
        expect(reduced.lost).toBe(full.lost)
        expect(reduced.unknown).toBe(full.unknown)
        expect([...reduced.signatures].sort()).toEqual([...full.signatures].sort())
        expect(reduced.schedules).toBeLessThan(full.schedules)
      })
    }
  }

  describe('with one fault', () => {
    const faults = faultsOf(EVERYTHING, () => undefined)
    const bound = { moves: 9, appends: 1, faults }

    for (const [name, subject] of [
      ['literal $', literal()],
      ['snapshot', snapshot()],
      ['a tail asked for again after an error', asksAgain()],
    ] as const) {
      it(`${name}: reduced and full agree, and both with the closed formula`, async () => {
        const reduced = await run(subject, bound)
        const full = await run(subject, { ...bound, full: true })
        expect(reduced.covered).toBe(unreduced(bound, faults.length))
        expect(full.covered).toBe(reduced.covered)
        expect(reduced.lost).toBe(full.lost)
        expect(reduced.unknown).toBe(full.unknown)
        expect([...reduced.signatures].sort()).toEqual([...full.signatures].sort())
        expect(reduced.schedules).toBeLessThan(full.schedules)
      })
    }

    it('finds what only a fault shows, and accuses nobody else', async () => {
      expect((await run(asksAgain(), { ...bound, faults: [] })).lost).toBe(0n)
      const { failure, lost } = await run(asksAgain(), bound)
      expect(lost).toBeGreaterThan(0n)
      expect(failure?.schedule.steps).toContainEqual(fail('read'))
      expect((await run(snapshot(), bound)).lost).toBe(0n)
    })

    it('counts the same in shards as in one piece', async () => {
      const whole = await run(asksAgain(), bound)
      const parts = await Promise.all([0, 1, 2].map((index) => run(asksAgain(), { ...bound, shard: { index, of: 3 } })))
      const sum = (of: (part: (typeof parts)[number]) => bigint) => parts.reduce((all, part) => all + of(part), 0n)
      expect([sum(({ covered }) => covered), sum(({ lost }) => lost)]).toEqual([whole.covered, whole.lost])
      expect(parts.reduce((all, { schedules }) => all + schedules, 0)).toBe(whole.schedules)
    })

    it('places each fault after each number of moves', () => {
      const lines = linesOf(2, [{ name: 'cut', steps: [abort(), restart('tail')] }])
      expect(lines.slice(1).map((line) => stepsOf([1], line))).toEqual([
        [abort(), restart('tail'), { append: 1 }, { advance: 0 }, { advance: 0 }],
        [{ advance: 0 }, { append: 1 }, abort(), restart('tail'), { advance: 0 }],
        [{ advance: 0 }, { append: 1 }, { advance: 0 }, abort(), restart('tail')],
      ])
      expect(lines.length).toBe(4)
    })
  })

  it('finds losses for the literal $, and none for the snapshot', async () => {
    const bound = { moves: 12, appends: 2 }
    expect((await run(literal(), bound)).lost).toBeGreaterThan(0n)
    expect((await run(snapshot(), bound)).lost).toBe(0n)
  })

  it('counts the same in shards as in one piece', async () => {
    const bound = { moves: 10, appends: 3 }
    const whole = await run(literal(), bound)
    const parts = await Promise.all([0, 1, 2, 3].map((index) => run(literal(), { ...bound, shard: { index, of: 4 } })))
    expect(parts.reduce((sum, part) => sum + part.covered, 0n)).toBe(whole.covered)
    expect(parts.reduce((sum, part) => sum + part.lost, 0n)).toBe(whole.lost)
    expect(parts.reduce((sum, part) => sum + part.schedules, 0)).toBe(whole.schedules)
  })

  it('stops where it is enough, with what it has', async () => {
    let left = 20
    const stopped = await run(snapshot(), { moves: 30, appends: 5, enough: () => left-- === 0 })
    expect(stopped).toMatchObject({ stopped: true, schedules: 20 })
    expect(stopped.covered).toBeLessThan(unreduced({ moves: 30, appends: 5 }))
  })
})

describe('the certificate', () => {
  async function certificates(): Promise<Certificate[]> {
    const runner = new Runner(snapshot(), memoryStore())
    const judge: Judge = ({ schedule }) => runner.judge(schedule)
    const { moves, gates } = await search(surveyCycles(2), judge)
    const bound = { appends: 2, cycles: 2, moves, count: 10 }
    const about = { subject: 's', consumer: 'c', store: 'm', bound, gates }
    const shards = [0, 1].map((index) => ({ index, of: 2 }))
    const parts: Certificate[] = []
    for (const shard of shards) parts.push(certify({ ...about, shard }, await search(exploration({ ...bound, shard }), judge)))
    return parts
  }

  it('is complete once its shards are joined', async () => {
    const parts = await certificates()
    expect(parts.map(({ complete }) => complete)).toEqual([false, false])
    const whole = merge(parts)
    expect(whole).toMatchObject({ complete: true, lost: '0', shards: ['1/2', '2/2'] })
    expect(certificateText(whole)).toMatch(/^(\S+) of \1 interleavings, 2 appends × 2 cycles, gates \{.*read-returned.*\}, 0 lost\n/)
  })

  it('is joined only with parts of the same exploration, each once', async () => {
    const [one, two] = await certificates()
    expect(() => merge([one!, one!])).toThrow('shard 1/2 is there twice')
    expect(() => merge([one!, { ...two!, hash: 'other' }])).toThrow('two explorations')
    expect(() => merge([])).toThrow('nothing to merge')
  })

  it('is read back, and refused where it was changed', async () => {
    const [one] = await certificates()
    const text = JSON.stringify(one)
    expect(decodeCertificate(text, 'f')).toEqual(one)
    expect(() => decodeCertificate(text.replace('"appends":2', '"appends":3'), 'f')).toThrow('f has been changed')
    expect(() => decodeCertificate(text.slice(0, 40), 'f')).toThrow('f is not JSON')
    expect(() => decodeCertificate('{}', 'f')).toThrow('not a certificate')
  })
})
