/** The bursts of one subject: a consumer of its own runs over the model first, and what is found there is confirmed. */
import { InMemoryStreamRepository } from '../model/in-memory-repository.js'
import type { Activity } from '../report/formats/live.js'
import type { BurstsResult } from '../report/result.js'
import { memoryStore } from '../dialects/memory/memory-store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { runBursts } from '../search/bursts.js'
import { type RunnerOptions, SubjectRunner } from './subject-runner.js'

interface Options {
  readonly bursts: number
  readonly seed: number
  readonly path?: string
  readonly onProgress?: (activity: Activity) => void
}

export async function burstsOf(runner: SubjectRunner, options: Options): Promise<BurstsResult> {
  const { definition } = runner
  const { seed, path } = options
  const progress = (part: string) => (done: number) => options.onProgress?.({ subject: definition.name, part, done, total: options.bursts })
  const burst = { runs: options.bursts, seed, ...(path === undefined ? {} : { path }) }
  if (definition.consume !== undefined && definition.store !== 'memory') {
    const onModel = await burstsOnModel(definition, { ...burst, onRun: progress('bursts on the model') }, runner.options)
    if (onModel.failure !== undefined) {
      const confirmed = await runner.judge(onModel.failure.schedule)
      const sameCode = confirmed.verdict.anomalies[0]?.code === onModel.failure.verdict.anomalies[0]?.code
      if (sameCode) {
        const failure = {
          ...onModel.failure,
          verdict: confirmed.verdict,
          history: confirmed.run.history,
          notes: [`found on the in-memory model, confirmed on ${runner.store.description}`],
        }
        return { ...onModel, failure }
      }
    }
  }
  return runBursts(runner, { ...burst, onRun: progress('bursts') })
}

/** The subject's consumer over the model, where a schedule costs a fraction of a millisecond. */
async function burstsOnModel(
  definition: SubjectDefinition,
  burst: Parameters<typeof runBursts>[1],
  { observer }: RunnerOptions,
): Promise<BurstsResult> {
  const model: SubjectDefinition = {
    ...definition,
    store: 'memory',
    open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
    consume: definition.consume!.bind(definition),
  }
  const runner = new SubjectRunner(model, memoryStore(), { observer })
  try {
    return await runBursts(runner, burst)
  } finally {
    await runner.close()
  }
}
