import { describe, expect, it } from 'vitest'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { advance, append } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { minimise } from '../../src/search/minimise.js'
import { search } from '../../src/search/strategy.js'
import { Runner } from '../../src/run/runner.js'

/** `..a`: two moves, then an append. */
const walk = (text: string): Schedule => schedule(text.split('').map((step) => (step === 'a' ? append(1) : advance())))

describe('a random walk of 40 steps', () => {
  it.each([
    // The consumer ends long before the schedule does.
    ['ends-after-two-batches-and-quiet', '.........a..a..a....a.....a..........a.a', 5],
    ['ends-when-empty', '.a.......a..............a....aa........a', 2],
    // It comes to the same gate several times between two appends.
    ['ends-after-two-batches-and-quiet', '.a.......a..............a....aa........a', 7],
    ['empty-after-time-out-between', '.........a......a...a..a.a.............a', 7],
    ['tail-after-second-empty', '.a.....a...a.....a...a.........a........', 3],
    ['literal-dollar', '..........a.......a............a.a.....a', 5],
    ['literal-dollar', '..a......a.........aa...a..a..a......a..', 2],
  ])('of %s, %s, becomes %i steps that show the same', async (name, text, steps) => {
    const runner = new Runner(mutantSubject(mutants.find((each) => each.name === name)!, 'memory'), memoryStore())
    const failing = await runner.judge(walk(text))
    let runs = 0
    const { schedule: smallest, judged } = await search(minimise(failing, walk(text)), (each) => {
      runs++
      return runner.judge(each.schedule)
    })
    const [first] = failing.verdict.anomalies
    expect(first).toBeDefined()
    expect(judged.verdict.anomalies[0]).toMatchObject({
      code: first!.code,
      ...(first!.window === undefined ? {} : { window: first!.window }),
    })
    expect(judged.run.ending.kind).toBe('completed')
    expect((await runner.judge(smallest)).run.history).toEqual(judged.run.history)
    expect(smallest.steps).toHaveLength(steps)
    expect(runs).toBeLessThanOrEqual(50)
    await runner.close()
  })
})
