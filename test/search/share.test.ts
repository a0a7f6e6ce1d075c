/** What each of several machines takes of an exploration: together all of it, nothing twice, and about as much as any other. */
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { seeded } from '../../src/random/seeded.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'
import { exploration, surveyCycles } from '../../src/search/exploration.js'
import { Ranks, type Seen, Share } from '../../src/search/share.js'
import { search } from '../../src/search/strategy.js'
import { snapshot } from '../support/subjects.js'

const MOVES = 7
const APPENDS = 3

/** All that there can be, whether it was to be expected or not. */
function* prefixes(prefix: readonly number[] = []): Generator<readonly number[]> {
  yield prefix
  if (prefix.length < APPENDS) for (let move = prefix.at(-1) ?? 0; move < MOVES; move++) yield* prefixes([...prefix, move])
}

/** Some of the moves, as a run would have shown them. */
function seen(seed: number): Seen {
  const random = seeded(seed, 'seen')
  const some = (from: number) => [...Array(MOVES).keys()].filter((move) => move >= from && random() < 0.6)
  const first = some(0)
  return { first, behind: new Map(first.filter(() => random() < 0.8).map((move) => [move, some(move)])) }
}

describe('shares', () => {
  it.each([1, 2, 3, 8, 50])('of %i take each placement once, and come to all of theirs', (of) => {
    for (let seed = 0; seed < 20; seed++) {
      const lines = [seen(seed), seen(seed + 100)].map((each) => new Ranks(each, APPENDS))
      const shares = [...Array(of).keys()].map((index) => new Share(lines, { index, of }))
      for (const line of lines.keys())
        for (const prefix of prefixes()) {
          const owners = shares.filter((share) => share.of(line, prefix) === 'mine')
          expect(owners).toHaveLength(1)
          for (let length = 0; length < prefix.length; length++)
            expect(owners[0]!.of(line, prefix.slice(0, length)), `${prefix.join()} from ${length}`).not.toBe('not mine')
        }
    }
  })

  it('are even: the longest of eight is hardly longer than the mean', async () => {
    const target = repositoryTarget(snapshot(), memoryStore())
    const runner = runnerOf(target)
    const judge = judgeOf(runner)
    const { moves } = await search(surveyCycles(4), judge)
    const schedules: number[] = []
    for (let index = 0; index < 8; index++) {
      let runs = 0
      await search(exploration({ moves, appends: 3, count: 2, shard: { index, of: 8 } }), (candidate) => {
        runs++
        return judge(candidate)
      })
      schedules.push(runs)
    }
    await runner.close()
    expect((Math.max(...schedules) * 8) / schedules.reduce((sum, runs) => sum + runs, 0)).toBeLessThan(1.2)
  })
})
