/**
 * Replay files: a failing schedule, and enough to run it again on the same subject. One is saved for every failure in
 * `.tailrace/`; the oldest are removed beyond a limit.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { causesOf } from '../oracle/cause.js'
import type { CaseResult } from '../report/result.js'
import { ScheduleError, decodeSchedule } from '../schedule/codec.js'
import { REFERENCE_CONSUMERS, type ReferenceConsumer } from '../schedule/scenario.js'
import { type WireInvocation, invocationSchema } from '../sources/wire/invocation.js'
import type { Schedule } from '../schedule/schedule.js'

export const REPLAY_VERSION = 1
export const REPLAY_DIRECTORY = '.tailrace'
const MAX_KEPT = 50

export interface Replay {
  readonly subject: string
  /** The scenario's name, or `bursts`. */
  readonly name: string
  readonly consumer?: ReferenceConsumer
  readonly schedule: Schedule
  /** What was seen, for whoever opens the file. `causes` is missing in files of earlier versions. */
  readonly expected: { readonly result: string; readonly anomalies: readonly string[]; readonly causes?: readonly SavedCause[] }
  readonly seed?: number
  readonly path?: string
  /** The program that it failed on, where that was named on the command line. */
  readonly wire?: WireInvocation
}

/** The culprit of a loss, or the code of another anomaly, and the rule that it breaks. */
export interface SavedCause {
  readonly name: string
  readonly rule?: string
}

export class ReplayFileError extends Error {
  override readonly name = 'ReplayFileError'
}

/** Saves it, and gives the file's name relative to `directory`'s parent. */
export async function saveReplay(
  subject: string,
  failed: CaseResult,
  { consumer, wire }: Pick<Replay, 'consumer' | 'wire'>,
  root: string,
): Promise<string> {
  const { name, seed, path, verdict, schedule } = failed
  const expected = {
    result: verdict.result,
    anomalies: [...new Set(verdict.anomalies.map(({ code, window }) => (window === undefined ? code : `${code}@${window}`)))],
    causes: causesOf(verdict.anomalies).map(({ name: cause, rule }) => ({ name: cause, rule })),
  }
  const replay = {
    version: REPLAY_VERSION,
    subject,
    name,
    ...(consumer === undefined ? {} : { consumer }),
    ...(wire === undefined ? {} : { wire }),
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
    expected,
    schedule,
  }
  const text = `${JSON.stringify(replay, null, 2)}\n`
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 4)
  const file = join(REPLAY_DIRECTORY, `${name}-${hash}.json`)
  await mkdir(join(root, REPLAY_DIRECTORY), { recursive: true })
  await writeFile(join(root, file), text)
  await prune(join(root, REPLAY_DIRECTORY))
  return file
}

async function prune(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json') && !name.startsWith('report.'))
  if (names.length <= MAX_KEPT) return
  // Another run in this folder may have removed it in the meantime.
  const ageOf = (name: string) =>
    stat(join(directory, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  const aged = await Promise.all(names.map(async (name) => ({ name, at: await ageOf(name) })))
  const oldest = aged.sort((a, b) => a.at - b.at).slice(0, names.length - MAX_KEPT)
  await Promise.all(oldest.map(({ name }) => rm(join(directory, name), { force: true })))
}

const file = v.looseObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  subject: v.string(),
  name: v.string(),
  consumer: v.exactOptional(v.picklist(REFERENCE_CONSUMERS)),
  seed: v.exactOptional(v.number()),
  path: v.exactOptional(v.string()),
  wire: v.exactOptional(invocationSchema),
  expected: v.looseObject({
    result: v.string(),
    anomalies: v.array(v.string()),
    causes: v.exactOptional(v.array(v.looseObject({ name: v.string(), rule: v.exactOptional(v.string()) }))),
  }),
  schedule: v.unknown(),
})

/** @throws ReplayFileError that says what is wrong with the file, and what to do. */
export async function readReplay(path: string): Promise<Replay> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ReplayFileError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw new ReplayFileError(`${path} is not JSON, perhaps it is truncated: ${(error as Error).message}`)
  }
  const parsed = v.safeParse(file, data)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new ReplayFileError(`${path} is not a replay file: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
  }
  const { version, schedule, ...rest } = parsed.output
  if (version > REPLAY_VERSION)
    throw new ReplayFileError(
      `${path} has version ${version}, and this tailrace reads versions up to ${REPLAY_VERSION}: a newer one is needed`,
    )
  try {
    return { ...rest, schedule: decodeSchedule(schedule) }
  } catch (error) {
    if (error instanceof ScheduleError) throw new ReplayFileError(`${path}: ${error.message}`)
    throw error
  }
}
