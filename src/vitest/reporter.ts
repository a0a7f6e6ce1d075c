/**
 * A reporter of vitest that writes tailrace's own reports of what `describeStreamRepository` has found in a run of vitest:
 *
 * ```ts
 * reporters: ['default', ['tailrace/reporter', { json: 'report.json', html: 'report.html' }]]
 * ```
 *
 * Results come with the metadata of their suite: from whatever pool, and through the blobs of `vitest --merge-reports`.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { wallTime } from '../clock/clock.js'
import { dirname, resolve } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { decodeResult } from '../report/formats/json.js'
import { conclusion } from '../report/formats/summary.js'
import { mergeResults } from '../report/merge.js'
import { type SuiteResult, resultOf, worst } from '../report/result.js'
import { list } from '../report/text.js'
import { REPORTERS, REPORTER_NAMES, type ReporterName, isReporter } from '../report/reporters.js'
import { resultsOf } from './results.js'

export type { ReporterName } from '../report/reporters.js'

/** Which reports are written, and into which files, relative to vitest's root: `{ json: 'report.json' }`. */
export type TailraceReporterOptions = Partial<Readonly<Record<ReporterName, string>>>

/**
 * The reporter that vitest makes of `'tailrace/reporter'`. At the end of a run it writes the reports that its options name; one that
 * cannot be written is logged, and vitest ends with 1.
 * @throws TypeError when the options name no report, or one that there is not.
 */
export default class TailraceReporter implements Reporter {
  readonly #reports: readonly (readonly [ReporterName, string])[]
  /** By test file: when vitest watches, it runs some of them again. */
  readonly #results = new Map<string, readonly SuiteResult[]>()
  #vitest: Vitest | undefined

  constructor(options: TailraceReporterOptions = {}) {
    for (const name of Object.keys(options)) {
      if (!isReporter(name)) throw new TypeError(`tailrace/reporter knows no report "${name}". There is: ${REPORTER_NAMES.join(', ')}`)
    }
    this.#reports = Object.entries(options) as [ReporterName, string][]
    if (this.#reports.length === 0)
      throw new TypeError(
        "tailrace/reporter has nothing to write: ['tailrace/reporter', { json: 'report.json' }] names a report and its file",
      )
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRemoved(file?: string): void {
    if (file !== undefined) this.#results.delete(file)
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    try {
      for (const module of modules) {
        const found = [...module.children.allSuites()].flatMap((suite) => resultsOf(suite.meta()))
        this.#results.set(
          module.moduleId,
          found.map((data) => decodeResult(data, module.moduleId)),
        )
      }
      await this.#write([...this.#results.values()].flat())
    } catch (error) {
      this.#vitest?.logger.error(`tailrace: no report was written: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
  }

  async #write(results: readonly SuiteResult[]): Promise<void> {
    if (results.length === 0) {
      this.#vitest?.logger.log('tailrace: nothing was run by describeStreamRepository, and no report was written')
      return
    }
    const suite = mergeResults(results)
    for (const [name, file] of this.#reports) {
      const path = resolve(this.#vitest?.config.root ?? '.', file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, await REPORTERS[name].render(suite, { stop: wallTime() }))
    }
    const files = list(this.#reports.map(([, file]) => file))
    this.#vitest?.logger.log(`tailrace: ${conclusion(suite, worst(suite.subjects.map(resultOf)))}; see ${files}`)
  }
}
