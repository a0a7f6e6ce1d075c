/** Schedules as JSON from outside: checked step by step, with a message that says where and what. */
import * as v from 'valibot'
import { isStreamId } from '../contract/stream-id.js'
import type { Json } from '../contract/stream-repository.js'
import { GATES, READ_OUTCOMES } from './gate.js'
import { SCHEDULE_VERSION, type Schedule } from './schedule.js'
import type { Step } from './step.js'

const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63))
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))
const json = v.custom<Json>((value) => value !== undefined, 'expected a JSON value')
const id = v.pipe(
  v.string(),
  v.check((text: string) => isStreamId(text), 'expected a stream id such as "9-0"'),
)

/** By the key that only a step of this kind has. */
export const stepSchemas: Record<string, v.GenericSchema<unknown, Step>> = {
  advance: v.strictObject({
    advance: index,
    to: v.exactOptional(v.picklist(GATES)),
    outcome: v.exactOptional(v.picklist(READ_OUTCOMES)),
    command: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Z_.]+$/, 'expected a command in upper case, such as "XACK"'))),
  }),
  expire: v.strictObject({ expire: index }),
  abort: v.strictObject({ abort: index }),
  restart: v.strictObject({ restart: index, from: v.picklist(['last-id', 'tail']) }),
  append: v.strictObject({
    append: count,
    payloads: v.exactOptional(v.pipe(v.array(json), v.minLength(1))),
    ids: v.exactOptional(v.array(id)),
    together: v.exactOptional(v.literal(true)),
    equal: v.exactOptional(v.literal(true)),
    notify: v.exactOptional(v.literal('later')),
  }),
  notify: v.strictObject({ notify: count }),
  trim: v.strictObject({ trim: v.strictObject({ maxLen: v.pipe(v.number(), v.integer(), v.minValue(0)) }) }),
  delete: v.strictObject({ delete: count }),
  drop: v.strictObject({ drop: v.literal('topic') }),
  poison: v.strictObject({ poison: count }),
  elsewhere: v.strictObject({ elsewhere: count }),
  finish: v.strictObject({ finish: v.literal(true) }),
  disconnect: v.strictObject({ disconnect: index }),
  reply: v.strictObject({
    reply: index,
    is: v.picklist(['withheld', 'lost', 'torn', 'error']),
    error: v.exactOptional(v.pipe(v.string(), v.regex(/^[^\r\n]+$/, 'expected one line'))),
  }),
  connections: v.strictObject({ connections: index, are: v.picklist(['cut', 'refused', 'accepted']) }),
  acknowledgement: v.strictObject({ acknowledgement: v.literal('lost') }),
  slow: v.strictObject({ slow: index, bytesPerSecond: count }),
  fail: v.strictObject({
    fail: v.picklist(['read', 'append', 'tail']),
    times: count,
    after: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
}

const envelope = v.strictObject({
  version: v.literal(SCHEDULE_VERSION),
  steps: v.array(v.record(v.string(), v.unknown())),
  read: v.strictObject({ timeoutMs: v.pipe(v.number(), v.minValue(0)), count }),
  consumers: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))),
})

export class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
}

/** @throws ScheduleError that says where and what. */
export function decodeSchedule(data: unknown): Schedule {
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (typeof version === 'number' && version > SCHEDULE_VERSION) {
    throw new ScheduleError(
      `the schedule has version ${version}, and this tailrace knows versions up to ${SCHEDULE_VERSION}: a newer one is needed`,
    )
  }
  const schedule = parse(envelope, data, 'the schedule')
  return { ...schedule, steps: schedule.steps.map((step, i) => decodeStep(step, i + 1)) }
}

function decodeStep(step: Record<string, unknown>, number: number): Step {
  const known = Object.keys(step).filter((key) => Object.hasOwn(stepSchemas, key))
  // An append has a property of that name, too.
  const kinds = known.includes('append') ? known.filter((key) => key !== 'notify') : known
  if (kinds.length !== 1) {
    throw new ScheduleError(
      `step ${number} is ${kinds.length === 0 ? 'of no known kind' : `of two kinds (${kinds.join(', ')})`}: expected one of ${Object.keys(stepSchemas).join(', ')}`,
    )
  }
  return parse(stepSchemas[kinds[0]!]!, step, `step ${number}`)
}

function parse<T>(schema: v.GenericSchema<unknown, T>, data: unknown, where: string): T {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  throw new ScheduleError(`${where}${path === null ? '' : `, "${path}"`}: ${issue.message}`)
}
