/** `tailrace merge` on files that are not what they should be; what it joins is in test/vitest/shards.test.ts. */
import { describe, expect, it } from 'vitest'
import { project, tailrace } from './tailrace.js'

const result = (change: object = {}) =>
  JSON.stringify({ version: 1, tailrace: '0.1.0', result: 'unknown', exit: 2, seed: 42, ms: 1, subjects: [], ...change })

describe('tailrace merge says what is wrong with', () => {
  it.each([
    ['a file that is not there', undefined, 'x.json cannot be read (ENOENT)'],
    ['one that was cut off', result().slice(0, -5), 'x.json is not JSON, or not all of it: '],
    ['one of something else', '{"name":"package"}', 'x.json is neither a result'],
    ['nonsense', '[1, 2]', 'x.json is neither a result'],
    ['a result of the future', result({ version: 2 }), 'x.json has version 2, and this tailrace reads version 1: a newer one is needed'],
    [
      'a result with a part missing',
      result({ subjects: [{ name: 'a' }] }),
      'x.json is not a report that "tailrace run --reporter json" wrote: subjects.0.consumer',
    ],
    ['a result that says more than its parts', result({ result: 'valid' }), 'x.json has been changed'],
  ])('%s', async (_, text, message) => {
    const { code, stderr } = await tailrace(await project(text === undefined ? {} : { 'x.json': text }), 'merge', 'x.json')
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(2)
  })

  it('a directory with nothing in it', async () => {
    const { code, stderr } = await tailrace(await project({ 'empty/x.txt': '' }), 'merge', 'empty')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('empty has no JSON files in it') })
  })

  it('a place that it cannot write to', async () => {
    const { code, stderr } = await tailrace(await project({ 'x.json': result() }), 'merge', 'x.json', '--json', 'x.json/where.json')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('x.json/where.json cannot be written') })
  })
})
