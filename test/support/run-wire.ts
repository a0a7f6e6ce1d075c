/** Programs on the wire, as tests run them: one schedule at a time, or all that there is. */
import type { SubjectResult } from '../../src/report/result.js'
import { type TargetOptions, runTarget } from '../../src/run/run-target.js'
import type { Runner } from '../../src/run/runner.js'
import { runnerOf } from '../../src/run/target.js'
import { wireTarget } from '../../src/run/wire-target.js'
import type { ProbedSubject } from '../../src/sources/wire/definition.js'

export const wireRunner = (wired: ProbedSubject, watchdogMs?: number): Runner =>
  runnerOf(wireTarget(wired), watchdogMs === undefined ? {} : { watchdogMs })

export const runWire = (wired: ProbedSubject, options: TargetOptions): Promise<SubjectResult> => runTarget(wireTarget(wired), options)
