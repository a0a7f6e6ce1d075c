/** `tailrace replay`: one saved schedule again, on the subject that it failed on. */
import { failureText } from '../report/formats/failure.js'
import { subjectText } from '../report/formats/summary.js'
import { type CaseResult, EXIT, type SubjectResult } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { findRedis } from '../dialects/redis/find-redis.js'
import type { WireSubject } from '../subject/wire-subject.js'
import { subjectOf } from '../sources/wire/invocation.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { type Replay, readReplay } from '../run/replay-file.js'
import { consumerName } from '../run/resolve.js'
import { withNoReturn } from '../run/run-target.js'
import { type Target, judgeOf, repositoryTarget, runnerOf } from '../run/target.js'
import { ConfigError, loadConfig } from './config-file.js'
import { findDemoSubject } from './demo-subjects.js'
import { UsageError } from './errors.js'
import { type Stores, withStores } from './stores.js'

export interface ReplayCommandOptions {
  readonly config?: string
  readonly subject?: string
  readonly redis?: string
}

export async function replay(file: string, options: ReplayCommandOptions): Promise<number> {
  const saved = await readReplay(file)
  const { subject, watchdogMs } = await subjectFor(saved, options)
  return withStores(options.redis, async (stores) => {
    const target = await targetOf(subject, options, stores)
    const runner = runnerOf(target, watchdogMs === undefined ? {} : { watchdogMs })
    const { definition, store, settled = (judging) => judging() } = target
    try {
      const { run, verdict, ms } = await settled(() => runner.judge(saved.schedule, saved.consumer))
      const { name, schedule } = saved
      const notes = run.blind === undefined ? [] : [run.blind]
      const found: CaseResult = { kind: 'replay', name, verdict, schedule, history: run.history, ms, notes, replayFile: file }
      const result = await withNoReturn(found, target, judgeOf(runner), saved.consumer)
      const shown: SubjectResult = {
        name: definition.name,
        consumer: consumerName(definition),
        store: store.description,
        dialect: store.dialect,
        scenarios: [result],
        skipped: [],
        ms,
      }
      const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
      process.stdout.write(`${verdict.result === 'valid' ? subjectText(shown, look) : failureText(result, shown, look)}\n`)
      const was = saved.expected.anomalies.join(', ')
      const now = [...new Set(verdict.anomalies.map(({ code, window }) => (window === undefined ? code : `${code}@${window}`)))].join(', ')
      if (was !== now)
        process.stdout.write(`\nWhen it was saved, the verdict was ${saved.expected.result}${was === '' ? '' : ` (${was})`}.\n`)
      return EXIT[verdict.result]
    } finally {
      await runner.close()
    }
  })
}

async function targetOf(subject: SubjectDefinition | WireSubject, { redis }: ReplayCommandOptions, stores: Stores): Promise<Target> {
  if (!('start' in subject)) return repositoryTarget(subject, await stores.get(subject.store))
  const [{ wire }, { wireTarget }] = await Promise.all([import('../sources/wire/definition.js'), import('../run/wire-target.js')])
  const wired = wire(subject, await findRedis({ url: redis }))
  await stores.keep(wired.then(({ store }) => store))
  return wireTarget(await wired)
}

interface Chosen {
  readonly subject: SubjectDefinition | WireSubject
  /** As its configuration says. */
  readonly watchdogMs?: number | undefined
}

async function subjectFor(saved: Replay, options: ReplayCommandOptions): Promise<Chosen> {
  if (saved.wire !== undefined && options.subject === undefined) return { subject: subjectOf(saved.wire) }
  const name = options.subject ?? saved.subject
  const demo = findDemoSubject(name)
  if (demo !== undefined) return { subject: demo }
  const {
    subjects,
    wire = [],
    watchdogMs,
  } = await loadConfig(options.config, process.cwd()).catch((error: unknown) => {
    if (error instanceof ConfigError) throw new ConfigError(`${error.message}\nThe replay file is for the subject "${name}".`)
    throw error
  })
  const all = [...subjects, ...wire]
  const subject = all.find((each) => each.name === name)
  if (subject === undefined)
    throw new UsageError(
      `the replay file is for the subject "${name}", and the configuration has ${all.map((each) => `"${each.name}"`).join(', ')}: --subject names another`,
    )
  return { subject, watchdogMs }
}
