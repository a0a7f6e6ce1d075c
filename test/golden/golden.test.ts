/**
 * Every scenario, and bursts of one seed, on every mutant and every correct implementation: the histories and verdicts that are on
 * record. What changes them on purpose records them anew, and says in its message why they differ (CONTRIBUTING.md).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('gives the histories and verdicts that are on record, on the model', async () => {
  const child = spawn(process.execPath, ['scripts/golden.mjs', 'compare', '.', 'test/golden', '--store', 'memory'], { cwd: root })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/^memory: 0 of \d{5} pairs differ/m) as string })
}, 600_000)
