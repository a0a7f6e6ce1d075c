/** A run in parts, joined again. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, start, tailrace } from './tailrace.js'

const CONFIG = {
  'tailrace.config.js': `
    import { InMemoryStreamRepository, defineConfig, entryOf, isAnnouncement, literalDollar } from 'tailrace'
    const model = { store: 'memory', open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }) }
    export default defineConfig({ subjects: [
      { name: 'right', ...model },
      { name: 'wrong', ...model, consume: literalDollar, entryOf, isAnnouncement },
    ] })`,
}

interface Report {
  readonly result: string
  readonly subjects: readonly {
    name: string
    result: string
    scenarios: { name: string }[]
    skipped: { name: string }[]
    bursts?: { runs: number }
  }[]
}

const read = async (cwd: string, file: string) => JSON.parse(await readFile(join(cwd, file), 'utf8')) as Report
const shape = ({ result, subjects }: Report) => ({
  result,
  subjects: subjects.map(({ name, result: each, scenarios, skipped, bursts }) => ({
    name,
    result: each,
    scenarios: scenarios.map((one) => one.name).sort(),
    skipped: skipped.map((one) => one.name).sort(),
    bursts: bursts?.runs,
  })),
})

describe('tailrace run --shard', () => {
  it('gives, joined, what the whole gives; a part that is missing is told', async () => {
    const cwd = await project(CONFIG)
    await tailrace(cwd, 'run', '--runs', '30', '--json', 'whole.json')
    for (const part of [1, 2, 3]) await tailrace(cwd, 'run', '--runs', '30', '--shard', `${part}/3`, '--json', `part-${part}.json`)
    const merged = await tailrace(cwd, 'merge', 'part-1.json', 'part-2.json', 'part-3.json', '--json', 'merged.json')
    expect(merged.code).toBe(1)
    expect(shape(await read(cwd, 'merged.json'))).toEqual(shape(await read(cwd, 'whole.json')))

    const incomplete = await tailrace(cwd, 'merge', 'part-1.json', 'part-3.json')
    expect({ ...incomplete, stdout: '' }).toMatchObject({ code: 2, stderr: expect.stringContaining('shard 2/3 is missing') })
    const twice = await tailrace(cwd, 'merge', 'part-1.json', 'part-2.json', 'part-3.json', 'part-3.json')
    expect({ ...twice, stdout: '' }).toMatchObject({ code: 2, stderr: expect.stringContaining('shard 3/3 is there twice') })
  }, 60_000)

  it('is what the engine says, and that is told', async () => {
    const cwd = await project(CONFIG)
    const engine = { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '4' }
    const { stderr } = await start(cwd, ['run', '--subject', 'right', '--profile', 'smoke'], engine).finished
    expect(stderr).toContain('shard 2/4, from CI_NODE_INDEX=2 and CI_NODE_TOTAL=4 (GitLab CI)')
  })
})
