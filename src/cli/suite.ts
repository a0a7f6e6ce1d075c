/**
 * What `tailrace run` and `tailrace wire` have in common: subjects run one after the other, the progress of it, each result as
 * it comes (with `--quiet` the least that tells what is wrong, with `--verbose` every event), and the reports.
 */
import { dirname, resolve } from 'node:path'
import { today } from '../clock/clock.js'
import { readBaseline } from '../report/baseline.js'
import { LiveStatus, eventText, SILENT, createProgress } from '../report/formats/live.js'
import { coverageTable } from '../report/formats/coverage.js'
import { failureHeading, failureText, stepsLine, stepsText } from '../report/formats/failure.js'
import { lastLine, subjectText, summaryText, urgentText, matrixText } from '../report/formats/summary.js'
import { markKnown, outcomesOfKnown } from '../report/known-losses.js'
import { storiesOf } from '../report/findings.js'
import { type SourcePlace, type SubjectResult, type SuiteResult, failuresOf } from '../report/result.js'
import { type Style, styleFor } from '../report/style.js'
import { visible } from '../report/text.js'
import { runAll } from '../run/run-suite.js'
import type { TargetOptions } from '../run/run-target.js'
import { type TimeBudget, timeBudget } from '../run/time-budget.js'
import type { Config } from '../subject/config.js'
import type { KnownLoss } from '../subject/known-loss.js'
import { type RequestedReport, writeReports } from './reports.js'
import type { Shard } from '../search/share.js'
import { withSource } from './sources.js'
import { type Stores, withStores } from './stores.js'

export interface Verbosity {
  readonly quiet?: boolean | undefined
  readonly verbose?: boolean | undefined
}

/** How much is run. */
export interface Amount extends Pick<TargetOptions, 'scenarios' | 'bursts' | 'burstsOnModel' | 'exploration'> {
  /** How long bursts go on, in milliseconds, from now and for all subjects together. Default: until so many are run. */
  readonly timeMs?: number | undefined
}

/** How many bursts: as said, or as many as there is time for, or the usual number. */
export const burstsIn = (
  { runs, time }: { readonly runs?: number | undefined; readonly time?: number | undefined },
  usual: number,
): number => runs ?? (time === undefined ? usual : Number.POSITIVE_INFINITY)

export interface SuiteCommand extends Verbosity {
  readonly names: readonly string[]
  readonly amount: Amount
  readonly seed: number
  readonly path?: string | undefined
  readonly watchdogMs?: number | undefined
  readonly redis?: string | undefined
  readonly shard?: Shard | undefined
  readonly reports: readonly RequestedReport[]
  readonly losses?: readonly KnownLoss[]
  readonly sources?: ReadonlyMap<string, SourcePlace>
  /** A table of several subjects in the end. Default true. */
  readonly matrix?: boolean
  /** What else there is to say of a subject, behind its result. */
  readonly beside?: (subject: SubjectResult, look: Look) => string
}

export interface Look {
  readonly style: Style
  readonly width: number
}

/** Each of these runs one subject. */
type Runs = (stores: Stores, options: TargetOptions) => readonly ((time?: TimeBudget) => Promise<SubjectResult>)[]

export async function runAndReport(command: SuiteCommand, runs: Runs): Promise<SuiteResult> {
  const { amount, seed, path, watchdogMs, redis, shard, reports, losses = [], sources = new Map() } = command
  const time = amount.timeMs === undefined ? undefined : timeBudget(amount.timeMs)
  const day = today()
  const judged = (subject: SubjectResult) => markKnown(withSource(subject, sources), losses, day)
  const { finish, stop, onSubject, ...output } = outputOf(command)
  const options: TargetOptions = {
    ...part(amount, shard),
    seed,
    ...(path === undefined ? {} : { path }),
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
    saveTo: process.cwd(),
    ...output,
  }
  const ran = await withStores(
    redis,
    (stores) => {
      const { interrupted: signal } = stores
      const shared = { seed, signal, onSubject: (result: SubjectResult) => onSubject(judged(result)), ...(time && { time }) }
      return runAll(runs(stores, { ...options, signal }), shared)
    },
    { keeps: true },
  ).finally(stop)
  const known = losses.length === 0 ? {} : { known: outcomesOfKnown(ran.subjects, losses, day) }
  const suite: SuiteResult = {
    ...ran,
    subjects: ran.subjects.map(judged),
    ...known,
    ...(shard === undefined ? {} : { shard: `${shard.index + 1}/${shard.of}` }),
  }
  await writeReports(suite, reports)
  finish(suite)
  return suite
}

/** A shard has every n-th scenario; what cannot be split is for the last of them, and for the last but one. */
function part({ scenarios: all, bursts, burstsOnModel, exploration }: Amount, shard: Shard | undefined): Amount {
  if (shard === undefined) return { scenarios: all, bursts, burstsOnModel, ...(exploration === undefined ? {} : { exploration }) }
  const { index, of } = shard
  return {
    scenarios: all.filter((_, at) => at % of === index),
    bursts: index === of - 1 ? bursts : 0,
    burstsOnModel,
    ...(exploration === undefined || index !== of - 2 ? {} : { exploration }),
  }
}

/**
 * Of the subjects that this command runs. A path is relative to the configuration. One of a subject that there is not is told
 * of: it was renamed, or has gone.
 */
export async function knownLosses(
  { knownLosses: known = [], subjects, wire = [] }: Config,
  file: string,
  of: 'subjects' | 'wire',
): Promise<readonly KnownLoss[]> {
  const losses = typeof known === 'string' ? await readBaseline(resolve(dirname(file), known)) : known
  const has = (all: readonly { readonly name: string }[], { subject }: KnownLoss) => all.some(({ name }) => name === subject)
  if (of === 'wire') return losses.filter((loss) => has(wire, loss))
  for (const name of new Set(losses.filter((loss) => !has([...subjects, ...wire], loss)).map(({ subject }) => subject)))
    process.stderr.write(`tailrace: a loss of "${name}" is known, and no subject is called so: rename it there, or remove it\n`)
  return losses.filter((loss) => has(subjects, loss) || !has(wire, loss))
}

interface Output extends Required<Pick<TargetOptions, 'onProgress' | 'observer'>> {
  onSubject(subject: SubjectResult): void
  /** The last words. */
  finish(suite: SuiteResult): void
  /** Takes the progress away, whatever happened. */
  stop(): void
}

function outputOf({ names, quiet = false, verbose = false, matrix = true, beside = () => '' }: SuiteCommand): Output {
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const progress = verbose ? SILENT : createProgress(process.stderr)
  const status = new LiveStatus(names)
  let title = ''
  return {
    onProgress: (activity) => {
      status.doing(activity)
      title = visible([activity.subject, activity.part, activity.what].filter(Boolean).join(' · '))
      progress.update((width) => status.line(width))
    },
    observer: {
      schedule: (schedule, { words }, isChosen) => {
        status.schedule()
        if (verbose)
          say(
            `${look.style.strong(title)}   ${isChosen ? stepsText(schedule.steps, words, ['steps chosen as it runs']) : stepsLine(schedule, words)}`,
          )
      },
      chosen: (steps, { words }) => {
        if (verbose && steps.length > 0) say(`  ${look.style.strong('next'.padEnd(16))} ${stepsText(steps, words)}`)
      },
      event: (event) => {
        status.event(event)
        if (verbose) say(`  ${look.style.faint(eventText(event))}`)
      },
    },
    onSubject: (subject: SubjectResult) => {
      progress.stop()
      if (quiet) {
        for (const each of failuresOf(subject)) say(failureHeading(each, subject, look.style, look.width).join('\n'))
        if (subject.error !== undefined)
          say(`${look.style.unsure('?')} ${`${subject.name}: ${subject.error}`.split('\n').map(visible).join('\n  ')}`)
        return
      }
      if (verbose) say('')
      for (const { result, also } of storiesOf(subject)) say(`${failureText(result, subject, { ...look, also })}\n`)
      say(`${subjectText(subject, look)}\n`)
      if (verbose && subject.coverage !== undefined) say(`${coverageTable(subject.coverage, look)}\n`)
      const more = beside(subject, look)
      if (more !== '') say(`${more}\n`)
    },
    finish: (suite) => {
      if (quiet) return void say([...urgentText(suite, look), lastLine(suite, look)].join('\n'))
      const table = matrix ? matrixText(suite, look) : undefined
      if (table !== undefined) say(`${table}\n`)
      say(summaryText(suite, look))
    },
    stop: () => progress.stop(),
  }
}
