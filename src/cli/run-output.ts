/** What `tailrace run` writes: everything, or with `--quiet` the least that tells what is wrong; with `--verbose` every event. */
import { LiveStatus, eventText, SILENT, createProgress } from '../report/formats/live.js'
import { failureHeading, failureText, stepsLine } from '../report/formats/failure.js'
import { lastLine, subjectText, summaryText, urgentText, matrixText } from '../report/formats/summary.js'
import { type SubjectResult, type SuiteResult, failuresOf } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { visible } from '../report/text.js'
import type { SuiteOptions } from '../run/run-suite.js'

export interface Verbosity {
  readonly quiet?: boolean
  readonly verbose?: boolean
}

export interface RunOutput extends Required<Pick<SuiteOptions, 'onProgress' | 'observer' | 'onSubject'>> {
  /** The last words. */
  finish(suite: SuiteResult): void
  /** Takes the progress away, whatever happened. */
  stop(): void
}

export function runOutput(subjects: readonly string[], { quiet = false, verbose = false }: Verbosity): RunOutput {
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const progress = verbose ? SILENT : createProgress(process.stderr)
  const status = new LiveStatus(subjects)
  let title = ''
  return {
    onProgress: (activity) => {
      status.doing(activity)
      title = visible([activity.subject, activity.part, activity.what].filter(Boolean).join(' · '))
      progress.update((width) => status.line(width))
    },
    observer: {
      schedule: (schedule) => {
        status.schedule()
        if (verbose) say(`${look.style.strong(title)}   ${stepsLine(schedule)}`)
      },
      event: (event) => {
        status.event(event)
        if (verbose) say(`  ${look.style.faint(eventText(event))}`)
      },
    },
    onSubject: (subject: SubjectResult) => {
      progress.stop()
      const failures = failuresOf(subject)
      if (quiet) {
        for (const each of failures) say(failureHeading(each, subject, look.style, look.width).join('\n'))
        if (subject.error !== undefined)
          say(`${look.style.unsure('?')} ${`${subject.name}: ${subject.error}`.split('\n').map(visible).join('\n  ')}`)
        return
      }
      if (verbose) say('')
      for (const each of failures) say(`${failureText(each, subject, look)}\n`)
      say(`${subjectText(subject, look)}\n`)
    },
    finish: (suite) => {
      if (quiet) return void say([...urgentText(suite, look), lastLine(suite, look)].join('\n'))
      const matrix = matrixText(suite, look)
      if (matrix !== undefined) say(`${matrix}\n`)
      say(summaryText(suite, look))
    },
    stop: () => progress.stop(),
  }
}
