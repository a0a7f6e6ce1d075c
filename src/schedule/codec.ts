/** Schedules as JSON from outside: checked step by step, with a message that says where and what. */
import * as v from 'valibot'
import type { Json } from '../contract/stream-repository.js'
import { SCHEDULE_VERSION, type Schedule } from './schedule.js'
import { type SchemaParts, STEPS, type Step, type StepKey, keysOf } from './step.js'

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))

const PARTS: SchemaParts = {
  index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63)),
  count,
  json: v.custom<Json>((value) => value !== undefined, 'expected a JSON value'),
  id: v.pipe(
    v.string(),
    // What ids look like, the store says when they are used.
    v.check((text: string) => text !== '', 'expected an id'),
  ),
}

/** By the key that only a step of this kind has. */
export const stepSchemas: Readonly<Record<StepKey, v.GenericSchema<unknown, Step>>> = Object.fromEntries(
  Object.entries(STEPS).map(([key, { schema }]) => [key, schema(v, PARTS)]),
) as Record<StepKey, v.GenericSchema<unknown, Step>>

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
  const kinds = keysOf(step)
  if (kinds.length !== 1) {
    throw new ScheduleError(
      `step ${number} is ${kinds.length === 0 ? 'of no known kind' : `of two kinds (${kinds.join(', ')})`}: expected one of ${Object.keys(stepSchemas).join(', ')}`,
    )
  }
  return parse(stepSchemas[kinds[0]!], step, `step ${number}`)
}

function parse<T>(schema: v.GenericSchema<unknown, T>, data: unknown, where: string): T {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  throw new ScheduleError(`${where}${path === null ? '' : `, "${path}"`}: ${issue.message}`)
}
