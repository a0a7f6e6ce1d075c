/** What stays behind: the heap after a number of schedules on one runner, garbage collected before and after. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Options } from '../options.js'
import type { RatesResult } from '../results.js'
import { onModel } from './lanes.js'

const MB = 1024 * 1024

export async function memory({ quick, say }: Options): Promise<RatesResult['memory']> {
  say('memory')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const schedules = quick ? 1000 : 10_000
  const model = await onModel()
  await model.run(schedules / 10)
  collect()
  const before = process.memoryUsage().heapUsed
  await model.run(schedules)
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  await model.close()
  return { schedules, heapGrowthMb: (heapUsed - before) / MB, heapMb: heapUsed / MB, rssMb: rss / MB }
}
