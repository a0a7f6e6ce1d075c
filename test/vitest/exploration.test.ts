import { describe, expect, it } from 'vitest'
import { checkExploration, explorationTitle } from '../../src/testing/exploration.js'
import { nameOfResults, resultsDirectory } from '../../src/vitest/results.js'

const bound = { appends: 2, cycles: 1 }

describe('what is to be explored', () => {
  it.each([
    [{ ...bound, appends: 0 }, 'exploration.appends is 0'],
    [{ ...bound, cycles: 1.5 }, 'exploration.cycles is 1.5'],
    [{ ...bound, shard: { index: 0, of: 2 } }, 'exploration.shard.index is 0'],
    [{ ...bound, shard: { index: 3, of: 2 } }, 'exploration.shard is 3 of 2: expected an index from 1 to 2'],
    [{ ...bound, faults: 2 as 1 }, 'exploration.faults is 2: expected 0 or 1'],
  ])('%j is refused', (options, message) => {
    expect(() => checkExploration(options)).toThrow(message)
  })

  it('is said in the name of its test', () => {
    checkExploration({ ...bound, shard: { index: 2, of: 2 } })
    expect(explorationTitle(bound)).toBe('every interleaving of 2 appends over 1 cycle')
    expect(explorationTitle({ appends: 1, cycles: 2, shard: { index: 1, of: 4 } })).toBe(
      'every interleaving of 1 append over 2 cycles, shard 1/4',
    )
  })
})

describe('the file of results', () => {
  const name = (subject: string, file = 'test/a.test.ts') => nameOfResults(subject, `/p/${file}`, '/p')

  it('is safe to write, and another for each subject, each test file and each time', () => {
    const names = [name('../a b/c'), name('../a b/c'), name('../a b/c', 'test/b.test.ts'), name('..-a b/c')]
    expect(new Set(names).size).toBe(4)
    expect(names.every((each) => /^\.\.-a-b-c-[\da-f]{8}$/.test(each))).toBe(true)
  })

  it('does not hang on where the project lies', () => {
    expect(nameOfResults('s', '/p/x.test.ts', '/p')).toBe('s-cedab82d')
  })

  it('goes where the option says, else the environment', () => {
    expect(resultsDirectory('here')).toBe('here')
    expect(resultsDirectory(undefined)).toBe(process.env['TAILRACE_RESULTS'])
  })
})
