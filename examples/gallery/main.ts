/**
 * The gallery: real packages, as they are installed, judged over the wire. `npm run gallery` in the root runs it.
 *
 *   --runs 20        each trial so many times
 *   --only bullmq    packages whose name contains this
 *   --expect clean   trials that are expected to come out so; or `lost`
 *   --show           the timeline of each trial
 *   --docs           the timelines in docs/analyses are compared with those of this run (TAILRACE_UPDATE_DOCS=1 puts them there)
 *   --json           for machines
 *
 * Exit code 1 where a verdict is not the expected one, 2 where it could not run.
 */
import { parseArgs } from 'node:util'
import { compareDocs } from './docs.js'
import type { Exhibit } from './exhibit.js'
import { type TrialResult, judgeExhibit } from './judge.js'
import { assistantStream } from './packages/assistant-stream.js'
import { bullmq } from './packages/bullmq.js'
import { ioredis } from './packages/ioredis.js'
import { socketIo } from './packages/socket-io.js'
import { table } from './table.js'
import { stopwatch } from './tailrace.js'

const EXHIBITS: readonly Exhibit[] = [...bullmq, ...socketIo, ...ioredis, ...assistantStream]

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      expect: { type: 'string' },
      docs: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const runs = Number(values.runs)
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error(`--runs takes a whole number from 1, not "${values.runs}"`)
  const { expect } = values
  if (expect !== undefined && expect !== 'lost' && expect !== 'clean') throw new Error(`--expect takes lost or clean, not "${expect}"`)
  return { ...values, runs, expect }
}

/** Those that were asked for, with the trials that were asked for. */
function chosen({ only, expect }: ReturnType<typeof options>): readonly Exhibit[] {
  const exhibits = EXHIBITS.filter((exhibit) => exhibit.package.includes(only))
    .map((exhibit) => ({ ...exhibit, trials: exhibit.trials.filter(({ expected }) => expect === undefined || expected === expect) }))
    .filter(({ trials }) => trials.length > 0)
  if (exhibits.length === 0)
    throw new Error(`nothing fits; the packages are ${[...new Set(EXHIBITS.map((each) => each.package))].join(', ')}`)
  return exhibits
}

async function main(): Promise<number> {
  const asked = options()
  const elapsed = stopwatch()
  const results: TrialResult[] = []
  const onTrial = (result: TrialResult) => {
    const { agreed, runs, report } = result
    if (!asked.json && (asked.show || agreed < runs)) console.log(`${report}\n`)
  }
  for (const exhibit of chosen(asked)) results.push(...(await judgeExhibit(exhibit, { runs: asked.runs, onTrial })))
  const stale = asked.docs ? compareDocs(results) : []
  for (const each of stale) console.error(each)
  const differ = results.filter(({ agreed, runs }) => agreed < runs)
  if (asked.json) console.log(JSON.stringify({ version: 1, results }, undefined, 2))
  else {
    console.log(table(results))
    const said = differ.length === 0 ? 'all as expected' : `${differ.length} NOT AS EXPECTED`
    console.log(`\n${results.length} trials, ${said} · ${(elapsed() / 1000).toFixed(1)} s`)
  }
  return differ.length + stale.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`gallery: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
