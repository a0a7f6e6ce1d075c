/**
 * R1 over and over, with every core kept busy by other work: the literal `$` must lose every time, the snapshot cursor
 * never, whatever the machine is doing, and every history must be the same.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import emptyGap from '../scenarios/empty-gap.js'
import { DELIVERY_KINDS } from '../src/oracle/anomaly.js'
import { demoSubject } from '../src/cli/demo-subjects.js'
import { findRedis } from '../src/dialects/redis/find-redis.js'
import { openStore } from '../src/dialects/open-store.js'
import { Runner } from '../src/run/runner.js'
import { wire } from '../src/sources/wire/definition.js'
import type { Options } from './options.js'
import type { RepetitionRow } from './results.js'
import { wireConsumer } from './wire-consumer.js'

const LOOPS = ['literal-dollar', 'snapshot-cursor'] as const
const STORES = { model: 10_000, 'real Redis': 2000, 'over the wire': 2000 } as const

type StoreName = keyof typeof STORES

export async function repetition({ quick, say }: Options): Promise<readonly RepetitionRow[]> {
  const busy = Array.from({ length: availableParallelism() }, () => new Worker('for (;;) Math.sqrt(2)', { eval: true }))
  const rows: RepetitionRow[] = []
  try {
    for (const store of Object.keys(STORES) as StoreName[]) {
      for (const consumer of LOOPS) {
        say(`repetition, ${store}, ${consumer}`)
        rows.push(await repeat(store, consumer, quick ? STORES[store] / 20 : STORES[store]))
      }
    }
    return rows
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()))
  }
}

async function repeat(store: StoreName, consumer: (typeof LOOPS)[number], runs: number): Promise<RepetitionRow> {
  const runner = await open(store, consumer)
  const results = { valid: 0, invalid: 0, unknown: 0 }
  const histories = new Set<string>()
  for (let i = 0; i < runs; i++) {
    const { verdict, run } = await runner.judge(emptyGap.schedule)
    results[verdict.result]++
    histories.add(JSON.stringify(run.history))
  }
  await runner.close()
  await runner.store.close()
  return { store, consumer, runs, accused: results.invalid, unknown: results.unknown, histories: histories.size }
}

async function open(store: StoreName, consumer: (typeof LOOPS)[number]): Promise<Runner> {
  if (store === 'over the wire') {
    const wired = await wire(wireConsumer(consumer, 'bare'), await findRedis())
    return new Runner(wired.definition, wired.store, { open: wired.open, checks: DELIVERY_KINDS })
  }
  const kind = store === 'model' ? 'memory' : 'redis'
  return new Runner(demoSubject(kind, consumer), await openStore(kind))
}
