/** A user's project, run by `vitest --shard` in two parts, and the results of its files joined. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, root, tailrace } from '../cli/tailrace.js'
import { GREEN, type Outcome, command } from '../package/command.js'

const HEAD = `
import { InMemoryStreamRepository, literalDollar, entryOf, isAnnouncement } from 'tailrace'
import { describeStreamRepository } from 'tailrace/vitest'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const options = { store: 'memory', open, bursts: 5, results: 'results' }
`
const CONFIG = `export default { test: { include: ['*.test.ts'] } }`
const describing = (name: string, options: string) => `describeStreamRepository('${name}', { ...options, ${options} })\n`
const shard = (index: number) => `exploration: { appends: 2, cycles: 2, shard: { index: ${index}, of: 2 } }`
const LOSING = 'consume: literalDollar, entryOf, isAnnouncement, bursts: 0'

const vitest = (cwd: string, ...args: readonly string[]): Promise<Outcome> =>
  command(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], cwd)

async function mergeAll(cwd: string) {
  const files = (await readdir(join(cwd, 'results'))).map((name) => join('results', name))
  const merged = await tailrace(cwd, 'merge', 'results', '--json', 'merged.json')
  return { ...merged, files, json: JSON.parse(await readFile(join(cwd, 'merged.json'), 'utf8')) as Record<string, unknown> }
}

describe('vitest --shard, joined', { timeout: 120_000 }, () => {
  it('gives one result of all files, with the exploration that they shared complete', async () => {
    const cwd = await project({
      'vitest.config.mjs': CONFIG,
      'a.test.ts': HEAD + describing('a/b: one', shard(1)),
      'b.test.ts': HEAD + describing('a/b: one', shard(2)) + describing('two', 'exploration: { appends: 1, cycles: 2 }'),
    })
    for (const part of ['1/2', '2/2']) {
      const { code, output } = await vitest(cwd, `--shard=${part}`)
      expect({ code, output }).toMatchObject({ code: GREEN, output: expect.stringContaining('Test Files  1 passed') })
    }
    const { code, stdout, files, json } = await mergeAll(cwd)
    expect(files).toHaveLength(5)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('all 2 subjects passed') })
    const explored = { covered: '182', interleavings: '182', lost: '0' }
    expect(json).toMatchObject({ result: 'valid', subjects: [{ name: 'a/b: one', exploration: explored }, { name: 'two' }] })

    // Without one of its shards the exploration shows less than was asked for: never green.
    const partial = await tailrace(cwd, 'merge', ...files.filter((file) => !file.includes('shard-2-of-2')))
    expect({ code: partial.code, stdout: partial.stdout }).toMatchObject({ code: 2, stdout: expect.stringMatching(/explored \d+\/182/) })
  })

  it('is red where one of the files is, with what was found', async () => {
    const cwd = await project({
      'vitest.config.mjs': CONFIG,
      'good.test.ts': HEAD + describing('good', 'bursts: 0'),
      'bad.test.ts': HEAD + describing('bad', `${LOSING}, ${shard(1)}`),
    })
    const outcomes = [await vitest(cwd, '--shard=1/2'), await vitest(cwd, '--shard=2/2')]
    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set([0, 1]))
    expect(outcomes.map(({ output }) => output).join('\n')).toMatch(/FAIL .*every interleaving of 2 appends over 2 cycles, shard 1\/2/)
    const { code, stdout, json } = await mergeAll(cwd)
    expect(code).toBe(1)
    expect(stdout).toContain('Entry 1-0 was appended after read #1 returned empty')
    expect(stdout).toMatch(/explored \d+\/\d+ interleavings, [\d,]+ lost/)
    expect(stdout).toContain('1 of 2 subjects failed')
    expect(json).toMatchObject({ result: 'invalid', exit: 1 })
  })
})
