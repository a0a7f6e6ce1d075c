/** Every interleaving up to a bound, on the model: how the reduction holds as the bound grows beyond a million. */
import { demoSubject } from '../../src/cli/demo-subjects.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { exploreTarget } from '../../src/run/explore-target.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'
import { isOver, timeBudget } from '../../src/run/time-budget.js'
import type { Options } from '../options.js'
import type { Exploration } from '../results.js'

const BOUNDS = [
  { appends: 2, cycles: 2 },
  { appends: 3, cycles: 3 },
  { appends: 4, cycles: 4 },
  { appends: 4, cycles: 7 },
  { appends: 5, cycles: 5 },
]
const READ_COUNT = 10

export async function explorations({ quick, say }: Options): Promise<readonly Exploration[]> {
  const rows: Exploration[] = []
  for (const bound of quick ? BOUNDS.slice(0, 3) : BOUNDS) {
    say(`exploration, ${bound.appends} appends, ${bound.cycles} cycles`)
    const target = repositoryTarget(demoSubject('memory', 'snapshot-cursor'), memoryStore())
    const runner = runnerOf(target)
    const time = timeBudget(60_000)
    const options = { ...bound, count: READ_COUNT, enough: () => isOver(time) }
    const { certificate, failure } = await exploreTarget(target, judgeOf(runner), options)
    await runner.close()
    if (failure !== undefined) throw new Error('a correct consumer was accused')
    rows.push({
      ...bound,
      interleavings: Number(certificate.interleavings),
      schedules: certificate.schedules,
      seconds: certificate.ms / 1000,
      complete: certificate.complete,
      certificate: certificate.hash,
    })
  }
  return rows
}
