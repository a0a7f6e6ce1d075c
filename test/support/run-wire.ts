/** Programs on the wire, as tests run them: one schedule at a time, or all that there is. */
import { afterAll } from 'vitest'
import type { SubjectResult } from '../../src/report/result.js'
import { type TargetOptions, runTarget } from '../../src/run/run-target.js'
import type { Runner } from '../../src/run/runner.js'
import { runnerOf } from '../../src/run/target.js'
import { wireTarget } from '../../src/run/wire-target.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { type ProbedSubject, wire } from '../../src/sources/wire/definition.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'

export const wireRunner = (wired: ProbedSubject, watchdogMs?: number): Runner =>
  runnerOf(wireTarget(wired), watchdogMs === undefined ? {} : { watchdogMs })

export const runWire = (wired: ProbedSubject, options: TargetOptions): Promise<SubjectResult> => runTarget(wireTarget(wired), options)

/** Puts programs behind the wire on one server, which is started with the first of them. All are closed when the tests are over. */
export function wiring(start: () => Promise<{ readonly url: string }>) {
  const opened: ProbedSubject[] = []
  let server: Promise<{ readonly url: string }> | undefined
  const url = async () => (await (server ??= start())).url
  afterAll(() => Promise.all(opened.map(({ store }) => store.close())))
  const wired = async (subject: WireSubject): Promise<ProbedSubject> => {
    const one = await wire(subject, { ...(await findRedis({ url: await url() })), shared: false })
    opened.push(one)
    return one
  }
  return { wired, url }
}
