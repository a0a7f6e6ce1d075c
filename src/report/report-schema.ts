/**
 * The shape of a JSON report. What other programs rely on is `schema/report-v1.schema.json`, which is made from this
 * (scripts/schema.mjs); what is read back, to be compared or to take known losses from, is checked against it.
 *
 * A report has exactly these properties. Whoever renames or removes one, or adds one that is always there, raises REPORT_VERSION.
 */
import { JUDGED_CAPABILITIES } from '../contract/capabilities.js'
import { ANOMALY_CODES } from '../oracle/anomaly.js'
import { culprits } from '../oracle/catalogue/culprits.js'
import { MESSAGE_FATES } from '../oracle/analysis.js'
import { WINDOWS } from '../oracle/window.js'
import { stepSchemas } from '../schedule/codec.js'
import { COMMAND_EFFECTS } from '../history/event.js'
import { GATES, READ_OUTCOMES } from '../schedule/gate.js'
import { DISTURBANCE_NAMES } from './coverage.js'
import { CONTINUATIONS, MOMENT_KINDS, STRATEGIES } from './result.js'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'

export const REPORT_VERSION = 1

const text = v.string()
const index = v.pipe(v.number(), v.integer(), v.minValue(0))
const ms = v.pipe(v.number(), v.minValue(0))
const seed = v.pipe(v.number(), v.integer())
/** Can be beyond what a JSON number holds. */
const whole = v.pipe(v.string(), v.regex(/^\d+$/))
const maybe = v.exactOptional
const result = v.picklist(['valid', 'invalid', 'unknown'])

const counts = v.strictObject({ owed: index, delivered: index, lost: index, gaps: index, injected: index, injectedDelivered: index })

/** An open set: a report, or a list of known losses, of another version may have others. */
const anomalyCode = v.pipe(
  v.string(),
  v.regex(/^[a-z]+(?:-[a-z]+)*$/, 'expected the code of an anomaly, such as "unseen"'),
  v.description('What kind of anomaly. Later versions may have others than these.'),
  v.examples([...ANOMALY_CODES]),
)

const cause = v.pipe(
  v.string(),
  v.regex(/^[a-z]+(?:-[a-z]+)*$/, 'expected a cause, such as "latest-anew"'),
  v.description('The culprit of a loss, or the code of another anomaly. Later versions may have others than these.'),
)

const culprit = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z]+(?:-[a-z]+)*$/, 'expected the name of a culprit, such as "latest-anew"'),
    v.description('The act by which the entry was lost. Later versions may have others than these.'),
    v.examples(culprits.map(({ name }) => name)),
  ),
  /** Its place in the history. */
  at: index,
  /** The read that it is about, and the id that this asked from. */
  read: maybe(index),
  from: maybe(text),
})

const anomaly = v.strictObject({
  code: anomalyCode,
  rule: text,
  /** Where the rule is explained, in the package. */
  ruleAt: text,
  evidence: text,
  consumer: maybe(index),
  session: maybe(index),
  value: maybe(text),
  id: maybe(text),
  window: maybe(v.picklist(WINDOWS)),
  /** Of earlier versions, in place of a culprit. */
  message: maybe(v.picklist(MESSAGE_FATES)),
  culprit: maybe(culprit),
})

const schedule = v.strictObject({
  version: v.literal(1),
  steps: v.array(v.union(Object.values(stepSchemas), 'expected a step')),
  read: v.strictObject({ timeoutMs: ms, count: index }),
  consumers: maybe(index),
})

const continuations = v.array(v.picklist(CONTINUATIONS))

const noReturn = v.strictObject({
  value: text,
  consumer: index,
  session: index,
  /** From 0; as many as there are steps where it came about while everything came to rest. */
  step: index,
  gate: maybe(v.picklist(GATES)),
  kind: v.picklist(MOMENT_KINDS),
  /** Its place in the history. */
  at: index,
  runs: index,
  /** What was tried from there, and does not deliver the entry; and what would even from the end. */
  continuations,
  stillBy: maybe(continuations),
})

/** One `type`, and its properties. */
const event = <T extends string, P extends v.ObjectEntries>(type: T, properties: P) =>
  v.strictObject({ type: v.literal(type), ...properties })
const consumer = { consumer: index }
const read = { ...consumer, read: index }
const flag = maybe(v.literal(true))
/** Reports made before commands said what they do have none. */
const does = maybe(v.array(v.picklist(COMMAND_EFFECTS)))

const historyEvent = v.variant('type', [
  event('session', {
    ...consumer,
    session: index,
    start: v.picklist(['tail', 'beginning', 'id']),
    from: maybe(text),
    returns: flag,
    forgot: maybe(text),
    known: maybe(text),
    back: maybe(index),
  }),
  event('tail-called', consumer),
  event('tail-sent', consumer),
  event('tail-returned', { ...consumer, id: maybe(text), error: maybe(text) }),
  event('announced', consumer),
  event('read-called', { ...read, cursor: text, timeoutMs: v.number(), count: v.number(), acknowledges: flag }),
  event('read-sent', read),
  event('blocked', read),
  event('expired', read),
  event('read-returned', { ...read, outcome: v.picklist(READ_OUTCOMES), early: flag, late: flag, aborted: flag, error: maybe(text) }),
  event('read-entry', { ...read, id: text, value: maybe(text), got: maybe(text), undecodable: flag }),
  event('read-ended', { ...read, how: v.picklist(['done', 'left', 'error']), gave: maybe(v.array(text)), error: maybe(text) }),
  event('delivered', { ...consumer, id: maybe(text), value: maybe(text), got: maybe(text) }),
  event('signalled', consumer),
  event('part', consumer),
  event('paused', { ...consumer, ms: v.number() }),
  event('command-called', { ...consumer, command: text, does }),
  event('command-returned', { ...consumer, command: text, does, gave: maybe(v.array(text)), error: maybe(text) }),
  event('notified', { ...consumer, value: maybe(text) }),
  event('aborted', { ...consumer, by: maybe(v.literal('return')) }),
  event('closed', { ...consumer, how: v.picklist(['ended', 'threw', 'aborted']), error: maybe(text) }),
  event('append-called', {
    value: text,
    explicitId: maybe(text),
    withheldFrom: maybe(v.array(v.number())),
    optionalFor: maybe(v.array(v.number())),
  }),
  event('append-returned', { value: text, outcome: v.picklist(['ok', 'fail', 'info']), id: maybe(text), error: maybe(text) }),
  event('notification', { value: text }),
  event('elsewhere', { value: text }),
  event('poisoned', { id: text }),
  event('removed', { how: v.picklist(['trim', 'delete', 'drop']), ids: v.array(text) }),
  event('finished', {}),
  event('disconnected', consumer),
  event('fault-armed', { what: v.picklist(['read', 'append', 'tail']), times: index, after: maybe(index), by: maybe(v.literal('store')) }),
  event('wire-fault', { ...consumer, what: text }),
  event('step', { index }),
  event('drain', {}),
  event('quiescent', { ...consumer, silent: flag, withinMs: maybe(index) }),
  event('restless', { ...consumer, gates: index }),
  event('unreadable', { ...consumer, what: v.string() }),
  event('stalled', { consumer: maybe(index), what: text }),
  event('pending', { values: v.array(text), claims: maybe(v.picklist(['none', 'missed'])), withinMs: maybe(index) }),
  event('witness', { entries: v.array(v.strictObject({ id: text, value: maybe(text) })) }),
])

const caseSchema = v.strictObject({
  kind: v.picklist(['scenario', 'burst', 'replay']),
  name: text,
  summary: maybe(text),
  rule: maybe(text),
  race: maybe(text),
  result,
  known: flag,
  counts,
  anomalies: v.array(anomaly),
  reasons: v.array(text),
  notes: v.array(text),
  ms,
  seed: maybe(seed),
  path: maybe(text),
  foundAfter: maybe(index),
  replayFile: maybe(text),
  schedule,
  wholeSteps: maybe(index),
  smallest: maybe(schedule),
  /** From where on its loss could not be avoided any more, found by running it again up to each moment. */
  noReturn: maybe(noReturn),
  history: maybe(v.array(historyEvent)),
})

/** An open set: a report of another version may have others. */
const disturbance = v.pipe(
  v.string(),
  v.regex(/^[a-z]+(?:-[a-z]+)*$/, 'expected a disturbance, such as "failing-read"'),
  v.description('What came in between. Later versions may have others than these.'),
  v.examples([...DISTURBANCE_NAMES]),
)

const coverage = v.strictObject({
  /** The schedules that it was counted over: those with a verdict. */
  schedules: index,
  places: v.array(
    v.strictObject({
      gate: v.picklist(GATES),
      /** Missing where the session is over. */
      window: maybe(v.picklist(WINDOWS)),
      /** How many steps were performed while a consumer was held there. */
      held: index,
      fell: v.pipe(
        v.record(disturbance, index),
        v.description('How often each disturbance fell there: 0 where it could have and did not, missing where it cannot.'),
      ),
    }),
  ),
})

const subject = v.strictObject({
  name: text,
  source: maybe(v.strictObject({ file: text, line: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
  consumer: text,
  store: text,
  /** What is spoken on the store. Reports from before there were several have none: it was that of Redis. */
  dialect: maybe(text),
  limits: maybe(v.array(text)),
  result,
  error: maybe(text),
  ms,
  scenarios: v.array(caseSchema),
  skipped: v.array(v.strictObject({ name: text, reason: text })),
  capabilities: maybe(
    v.array(
      v.strictObject({
        name: v.picklist(JUDGED_CAPABILITIES),
        declared: v.boolean(),
        outcome: v.picklist(['supported', 'unsupported, confirmed', 'unverified']),
      }),
    ),
  ),
  /** `timeMs`: what the run was given, where these ended because that was over. */
  bursts: maybe(v.strictObject({ runs: index, goneOn: maybe(index), seed, counts, ms, timeMs: maybe(ms), failure: maybe(caseSchema) })),
  exploration: maybe(
    v.strictObject({
      appends: index,
      cycles: index,
      /** One of these was placed among the moves, too, at each place. */
      faults: maybe(v.array(text)),
      interleavings: whole,
      covered: whole,
      lost: whole,
      schedules: index,
      counts,
      certificate: text,
      ms,
      /** The time of the run was over before all of it was run. */
      stopped: flag,
      /** It was run before the bursts, as it is where the run was given a time. */
      beforeBursts: flag,
      failure: maybe(caseSchema),
    }),
  ),
  coverage: maybe(coverage),
  /** Missing where there were only scenarios. */
  strategies: maybe(v.array(v.strictObject({ strategy: v.picklist(STRATEGIES), schedules: index, first: v.array(text) }))),
})

/** Of the configuration and of `tailrace.baseline.json`, too. */
const accepted = {
  subject: text,
  reason: v.pipe(v.string(), v.minLength(1, 'expected a reason')),
  expires: v.pipe(v.string(), v.isoDate('expected a date such as 2027-01-31')),
}
const knownFinding = { ...accepted, cause, shownBy: maybe(v.array(text)) }
const knownAnomaly = {
  ...accepted,
  where: text,
  code: anomalyCode,
  window: maybe(v.picklist(WINDOWS, 'expected a window')),
  rule: text,
}

export const knownLossSchema = v.union(
  [v.strictObject(knownFinding), v.strictObject(knownAnomaly)],
  'expected { subject, cause, reason, expires }, as "tailrace baseline" writes it',
)
const outcome = v.picklist(['occurs', 'expired', 'gone', 'not-run'])
const knownOutcome = v.union([v.strictObject({ ...knownFinding, outcome }), v.strictObject({ ...knownAnomaly, outcome })])

export const reportSchema = v.strictObject({
  version: v.literal(REPORT_VERSION),
  tailrace: text,
  shard: maybe(v.pipe(v.string(), v.regex(/^[1-9]\d*\/[1-9]\d*$/))),
  result,
  exit: v.picklist([0, 1, 2]),
  seed,
  ms,
  subjects: v.array(subject),
  known: maybe(v.array(knownOutcome)),
})

/**
 * What the JSON Schema names, so that it says it once: scripts/schema.mjs takes it from the build.
 * @public
 */
export const definitions = { counts, anomaly, schedule, event: historyEvent, case: caseSchema }

export type JsonReport = v.InferOutput<typeof reportSchema>
export type ReportSubject = JsonReport['subjects'][number]
export type ReportCase = ReportSubject['scenarios'][number]

// ── Reading ──

export class ReportError extends Error {
  override readonly name = 'ReportError'
}

/** @throws ReportError that says what is wrong with it, and what to do. */
export function checkReport(data: unknown, path: string): JsonReport {
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (typeof version === 'number' && version !== REPORT_VERSION)
    throw new ReportError(
      `${path} has version ${version}, and this tailrace reads version ${REPORT_VERSION}: ${version > REPORT_VERSION ? 'a newer one is needed' : 'run it again'}`,
    )
  return parsed(reportSchema, data, path, 'a report that "tailrace run --reporter json" wrote')
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ReportError(`${path} cannot be read (${error.code ?? error.message})`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ReportError(`${path} is not JSON, perhaps it is truncated: ${(error as Error).message}`)
  }
}

export function parsed<T>(schema: v.GenericSchema<unknown, T>, data: unknown, path: string, expected: string): T {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new ReportError(`${path} is not ${expected}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
}
