/**
 * Results as JSON from outside (see json.ts): checked part by part, with a message that says which file, where and what.
 *
 * Nothing is decided anew, but what the file says of itself as a whole must follow from its parts: one that was cut by hand
 * is refused. Events of histories are for people and other programs; they are passed on as they are.
 */
import * as v from 'valibot'
import type { Anomaly } from '../checker/anomaly.js'
import type { HistoryEvent } from '../history/event.js'
import type { Capability } from '../rules/rule.js'
import { ScheduleError, decodeSchedule } from '../schedule/codec.js'
import type { Schedule } from '../schedule/schedule.js'
import { type SuiteResult, resultOf, worst } from './result.js'

const RESULT_VERSION = 1

export class ResultFileError extends Error {
  override readonly name = 'ResultFileError'
}

const amount = v.pipe(v.number(), v.minValue(0))
const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
/** Beyond what a JSON number holds, so it is text. */
const digits = v.pipe(v.string(), v.regex(/^\d+$/, 'expected a whole number as text'))
const result = v.picklist(['valid', 'invalid', 'unknown'])
const counts = v.object({ owed: whole, delivered: whole, lost: whole, gaps: whole, injected: whole, injectedDelivered: whole })

// As they are, keys in their order too: the same result gives the same file.
const isAnomaly = v.object({ code: v.string(), rule: v.string(), evidence: v.string() })
const anomaly = v.custom<Anomaly>((value) => v.is(isAnomaly, value), 'expected an anomaly with code, rule and evidence')
const isEvent = v.object({ type: v.string() })
const event = v.custom<HistoryEvent>((value) => v.is(isEvent, value), 'expected an event with a type')

const schedule = v.rawTransform<unknown, Schedule>(({ dataset, addIssue, NEVER }) => {
  try {
    return decodeSchedule(dataset.value)
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error
    addIssue({ message: error.message })
    return NEVER
  }
})

const caseOf = v.pipe(
  v.object({
    kind: v.picklist(['scenario', 'burst', 'replay']),
    name: v.string(),
    summary: v.exactOptional(v.string()),
    rule: v.exactOptional(v.string()),
    race: v.exactOptional(v.string()),
    result,
    counts,
    anomalies: v.array(anomaly),
    reasons: v.array(v.string()),
    notes: v.array(v.string()),
    ms: amount,
    seed: v.exactOptional(v.pipe(v.number(), v.integer())),
    path: v.exactOptional(v.string()),
    foundAfter: v.exactOptional(whole),
    replayFile: v.exactOptional(v.string()),
    schedule: v.pipe(v.unknown(), schedule),
    smallest: v.exactOptional(v.pipe(v.unknown(), schedule)),
    history: v.exactOptional(v.array(event), []),
  }),
  v.check((each) => each.result !== 'invalid' || each.anomalies.length > 0, 'it is invalid without an anomaly'),
  v.transform(({ result: said, anomalies, reasons, counts: counted, ...rest }) => ({
    ...rest,
    verdict: { result: said, anomalies, reasons, counts: counted },
  })),
)

const subject = v.object({
  name: v.string(),
  consumer: v.string(),
  store: v.string(),
  result,
  error: v.exactOptional(v.string()),
  ms: amount,
  scenarios: v.array(caseOf),
  skipped: v.array(v.object({ name: v.string(), reason: v.string() })),
  capabilities: v.exactOptional(
    v.array(
      v.object({
        name: v.pipe(
          v.string(),
          v.transform((name) => name as Capability),
        ),
        declared: v.boolean(),
        outcome: v.picklist(['supported', 'unsupported, confirmed', 'unverified']),
      }),
    ),
  ),
  bursts: v.exactOptional(
    v.object({ runs: whole, seed: v.pipe(v.number(), v.integer()), counts, ms: amount, failure: v.exactOptional(caseOf) }),
  ),
  exploration: v.exactOptional(
    v.object({
      appends: whole,
      cycles: whole,
      moves: v.exactOptional(whole),
      count: v.exactOptional(whole),
      interleavings: digits,
      covered: digits,
      lost: digits,
      schedules: whole,
      counts,
      certificate: v.string(),
      ms: amount,
      failure: v.exactOptional(caseOf),
    }),
  ),
})

const suite = v.object({
  version: v.literal(RESULT_VERSION),
  tailrace: v.string(),
  result,
  seed: v.pipe(v.number(), v.integer()),
  ms: amount,
  subjects: v.array(subject),
})

/** @throws ResultFileError that says what is wrong with it. */
export function decodeResult(data: unknown, where: string): SuiteResult {
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (typeof version === 'number' && version > RESULT_VERSION) {
    throw new ResultFileError(`${where} has version ${version}, and this tailrace reads ${RESULT_VERSION}: a newer tailrace is needed`)
  }
  const parsed = v.safeParse(suite, data)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new ResultFileError(`${where} is not a result of tailrace: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
  }
  const { result: said, subjects: found, ...rest } = parsed.output
  const subjects = found.map(({ result: saidOfIt, ...each }) => {
    agree(where, `"${each.name}"`, saidOfIt, resultOf(each))
    return each
  })
  agree(where, 'the whole', said, worst(subjects.map(resultOf)))
  return { ...rest, subjects }
}

function agree(where: string, what: string, said: string, follows: string): void {
  if (said !== follows) throw new ResultFileError(`${where} has been changed: it says ${said} of ${what}, and its cases give ${follows}`)
}
