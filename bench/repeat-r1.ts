/**
 * R1 over and over, with every core kept busy by other work: the literal `$` must lose every time, the snapshot cursor
 * never, whatever the machine is doing.
 *
 *   npx jiti bench/repeat-r1.ts [--model 10000] [--redis 2000] [--idle]
 *
 * Exit 0 only where every single run came out as it must.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import emptyGap from '../scenarios/empty-gap.js'
import { demoSubject } from '../src/cli/demo-subjects.js'
import { stopwatch } from '../src/clock/clock.js'
import { openStore } from '../src/store/open-store.js'
import type { Store } from '../src/store/store.js'
import type { StoreKind } from '../src/subject/subject.js'
import { SubjectRunner } from '../src/suite/subject-runner.js'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '10000' },
    redis: { type: 'string', default: '2000' },
    idle: { type: 'boolean', default: false },
  },
})

/** One spinning thread a core. They are stopped at the end. */
const busy = values.idle ? [] : Array.from({ length: availableParallelism() }, () => new Worker('for (;;) Math.sqrt(2)', { eval: true }))

async function repeat(store: Store, kind: StoreKind, loop: 'literal-dollar' | 'snapshot-cursor', runs: number): Promise<boolean> {
  const runner = new SubjectRunner(demoSubject(kind, loop), store)
  const elapsed = stopwatch()
  const results = { valid: 0, invalid: 0, unknown: 0 }
  const histories = new Set<string>()
  for (let i = 0; i < runs; i++) {
    const { verdict, run } = await runner.judge(emptyGap.schedule)
    results[verdict.result]++
    histories.add(JSON.stringify(run.history))
  }
  await runner.close()
  const rate = Math.round(runs / (elapsed() / 1000))
  const wanted = loop === 'literal-dollar' ? results.invalid : results.valid
  console.log(
    `${kind.padEnd(6)} ${loop.padEnd(15)} lost in ${results.invalid} of ${runs} · unknown ${results.unknown} · ${histories.size} distinct ${histories.size === 1 ? 'history' : 'histories'} · ${rate}/s`,
  )
  return wanted === runs && histories.size === 1
}

console.log(`${busy.length} busy threads on ${availableParallelism()} cores`)
let asItMust = true
for (const [kind, runs] of [
  ['memory', Number(values.model)],
  ['redis', Number(values.redis)],
] as const) {
  if (runs === 0) continue
  const store = await openStore(kind)
  console.log(store.description)
  for (const loop of ['literal-dollar', 'snapshot-cursor'] as const) asItMust = (await repeat(store, kind, loop, runs)) && asItMust
  await store.close()
}
await Promise.all(busy.map((worker) => worker.terminate()))
console.log(asItMust ? 'every run came out as it must' : 'NOT every run came out as it must')
process.exit(asItMust ? 0 : 1)
