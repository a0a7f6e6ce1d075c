/**
 * What is done with a saved schedule. `tailrace replay`: it is run again, on the subject that it failed on. `tailrace scenario`: it becomes a
 * module with a scenario, to be committed and run from then on.
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { kindOf } from '../oracle/anomaly.js'
import { culpritRecord } from '../oracle/catalogue/culprits.js'
import { dialectOf } from '../dialects/dialect.js'
import { shellWord, visible, wrap } from '../report/text.js'
import { isPartOfRun, ownScenarios } from '../run/own-scenarios.js'
import { type Replay, type SavedCause, readReplay } from '../run/replay-file.js'
import { literal, scheduleCode } from '../schedule/codec.js'
import { type Scenario, scenario } from '../schedule/scenario.js'
import { failureText } from '../report/formats/failure.js'
import { subjectText } from '../report/formats/summary.js'
import { type CaseResult, EXIT, type SubjectResult } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { findRedis } from '../dialects/redis/find-redis.js'
import type { WireSubject } from '../subject/wire-subject.js'
import { subjectOf } from '../sources/wire/invocation.js'
import type { SubjectDefinition } from '../subject/subject.js'
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
      const { run, verdict, ms } = await settled(() => runner.judge(saved.schedule, { consumer: saved.consumer }))
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

// ── `tailrace scenario`

export interface ScenarioCommandOptions {
  readonly out?: string
  readonly name?: string
  readonly force?: boolean
}

export async function writeScenario(file: string, { out, name, force = false }: ScenarioCommandOptions): Promise<number> {
  const saved = await readReplay(file)
  const written = scenarioOf(saved, name)
  ownScenarios([{ where: name === undefined ? file : '--name', given: written }])
  const text = moduleOf(written, saved)
  if (out === undefined) {
    process.stdout.write(text)
    return 0
  }
  if (existsSync(out) && !force) throw new UsageError(`${out} exists: nothing was written (--force overwrites)`)
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, text)
  const command = saved.wire === undefined ? 'run' : 'wire …'
  process.stdout.write(`wrote ${out}\n\nnpx tailrace ${command} --schedule ${shellWord(out)} --scenario ${written.name}\n`)
  return 0
}

/** The words of Redis, which the model speaks too: a saved schedule does not say which store it failed on. */
const { words } = dialectOf('redis')

const causesOf = ({ expected: { causes, anomalies } }: Replay): readonly SavedCause[] =>
  // Files of earlier versions have the anomalies alone.
  causes ?? anomalies.map((each) => ({ name: each.split('@')[0]! }))

/** What was seen, as a clause: of whom, where it is the consumer's doing. */
const clauseOf = ({ name }: SavedCause): string => {
  const did = culpritRecord(name)?.did(words)
  return did === undefined ? (kindOf(name)?.seen ?? name) : `a consumer ${did}`
}

function scenarioOf(saved: Replay, name: string | undefined): Scenario {
  const { schedule, consumer } = saved
  const [cause] = causesOf(saved)
  const rule = cause?.rule
  return {
    ...scenario(name ?? nameOf(saved), {
      summary: cause === undefined ? `what ${saved.name} has tried` : clauseOf(cause),
      ...(rule === undefined ? {} : { rule }),
      steps: [],
      ...(consumer === undefined ? {} : { consumer }),
    }),
    schedule,
  }
}

/** After the subject, and after what failed: a scenario by its name, anything else by what was seen. */
function nameOf({ subject, name, expected: { anomalies } }: Replay): string {
  const of = hyphened(subject)
  const what = hyphened(isPartOfRun(name) ? (anomalies[0] ?? name) : name)
  return what.startsWith(`${of}-`) ? what : [of, what].filter(Boolean).join('-')
}

const hyphened = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

const WIDTH = 100

function moduleOf(written: Scenario, saved: Replay): string {
  const { name, summary, rule, consumer, schedule } = written
  const { lines, calls } = scheduleCode(schedule)
  const about = [
    `summary: ${literal(summary)},`,
    ...(rule === undefined ? [] : [`rule: ${literal(rule)},`]),
    ...(consumer === 'snapshot-cursor' ? [] : [`consumer: ${literal(consumer)},`]),
  ]
  return [
    importOf([...calls, 'scenario'].sort()),
    '',
    '/**',
    ...commentOf(saved).map((line) => ` * ${line}`.trimEnd()),
    ' */',
    `export default scenario(${literal(name)}, {`,
    ...[...about, ...lines].map((line) => `  ${line}`),
    '})',
    '',
  ].join('\n')
}

function importOf(names: readonly string[]): string {
  const line = `import { ${names.join(', ')} } from 'tailrace'`
  return line.length <= WIDTH ? line : `import {\n${names.map((name) => `  ${name},\n`).join('')}} from 'tailrace'`
}

/** What was found, where, and by what. */
function commentOf(saved: Replay): readonly string[] {
  const { subject, name, seed, path, expected } = saved
  const again = seed === undefined ? '' : ` (seed ${seed}${path === undefined ? '' : `, path ${path}`})`
  const found = `Found on ${subject} by ${name}${again}: ${expected.anomalies.join(', ') || expected.result}.`
  const causes = causesOf(saved).map(
    (cause) => `- ${cause.name}${cause.rule === undefined ? '' : ` (rule ${cause.rule})`}: ${clauseOf(cause)}`,
  )
  const lines = [...wrap(found, WIDTH), '', ...causes.flatMap((cause) => wrap(cause, WIDTH))]
  return lines.map((line) => visible(line).replaceAll('*/', '*\\/'))
}
