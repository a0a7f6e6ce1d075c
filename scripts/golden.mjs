/**
 * Golden histories: what the harness of one checkout records and judges, pair by pair (subject × case), to be compared
 * with what any other checkout makes of the same. It runs the compiled code of that checkout's dist/: build it first.
 *
 *   node scripts/golden.mjs record  <checkout> <outdir> [--store memory|redis|wire] [--only text] [--jobs n] [--verbose]
 *   node scripts/golden.mjs compare <checkout> <outdir> [--store …] [--only text] [--jobs n] [--limit n] [--retries n] [--mark-unstable] [--verbose]
 *
 *  - memory  every mutant and correct implementation × (undisturbed, every scenario, 40 bursts of seed 42)
 *  - redis   the same without the bursts, on a private redis-server
 *  - wire    the programs of examples/wire and the consumers of test/support × (every wire scenario, undisturbed, 10 bursts)
 *
 * Without --store: memory, then redis. `--only` takes the pairs whose "subject / case" contains the text; of such a
 * subject every case runs all the same, since cases may leave something behind for the next on an opened repository.
 *
 * <outdir>/<store>/<subject>.jsonl.gz holds a line for each case: its history and its verdict, keys sorted, no wall-clock.
 * <outdir>/digests-<store>.json holds ten hex digits of the sha256 of each; where the former is not there, `compare` makes do
 * with the digests, and cannot say what it was. <outdir>/unstable-<store>.json lists pairs that the recorded checkout
 * itself does not give twice (`subject / *`: whatever the case); of these only whether there is a history is compared.
 * `--mark-unstable` adds what differs to it: for a comparison of the recorded checkout with itself. What differs is tried
 * again a few times, unless it is much; a pair that is then as recorded is named, and counts as equal.
 *
 * `compare` exits 1 where a pair differs, is gone, or is new.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { BURSTS } from './golden/cases.mjs'
import { compare, record } from './golden/on-record.mjs'
import { endWorkers } from './golden/workers.mjs'

async function main([command, checkout, outdir, ...rest]) {
  const options = { only: undefined, jobs: 2, limit: 20, markUnstable: false }
  const stores = []
  while (rest.length > 0) {
    const option = rest.shift()
    if (option === '--store') stores.push(...rest.shift().split(','))
    else if (option === '--only') options.only = rest.shift()
    else if (option === '--jobs') options.jobs = Number(rest.shift())
    else if (option === '--retries') options.retries = Number(rest.shift())
    else if (option === '--limit') options.limit = Number(rest.shift())
    else if (option === '--verbose') options.verbose = true
    else if (option === '--mark-unstable') options.markUnstable = true
    else throw new Error(`"${option}" is not known`)
  }
  if (outdir === undefined || !['record', 'compare'].includes(command)) {
    process.stderr.write(
      'node golden.mjs record|compare <checkout> <outdir> [--store memory|redis|wire] [--only text] [--jobs n] [--limit n]\n',
    )
    return 2
  }
  mkdirSync(outdir, { recursive: true })
  let code = 0
  for (const kind of stores.length > 0 ? stores : ['memory', 'redis']) {
    if (!(kind in BURSTS)) throw new Error(`"${kind}" is no store: memory, redis or wire`)
    const started = performance.now()
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
    if (command === 'record') {
      const { pairs } = await record(kind, resolve(checkout), outdir, options)
      process.stdout.write(`${kind}: ${pairs} pairs recorded in ${seconds()}\n`)
    } else {
      const { pairs, different, ignored } = await compare(kind, resolve(checkout), outdir, options)
      process.stdout.write(
        `${kind}: ${different} of ${pairs} pairs differ${ignored > 0 ? ` (${ignored} unstable ones not compared)` : ''}, in ${seconds()}\n`,
      )
      if (different > 0 || pairs === 0) code = 1
    }
  }
  return code
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void endWorkers().then(() => process.exit(130)))
process.exitCode = await main(process.argv.slice(2)).catch(async (error) => {
  process.stderr.write(`${error?.message ?? error}\n`)
  await endWorkers()
  return 2
})
