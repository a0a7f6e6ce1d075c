/**
 * Schedules and scenarios from outside, as JSON or as what a module exports: checked step by step, with a message that says where and what.
 * And as they leave for a module of the user's: as the code that makes them.
 */
import * as v from 'valibot'
import type { Json } from '../contract/stream-repository.js'
import { NEEDS, REFERENCE_CONSUMERS, type Scenario } from './scenario.js'
import { DEFAULT_READ, SCHEDULE_VERSION, type Schedule } from './schedule.js'
import {
  type SchemaParts,
  type Step,
  type StepKey,
  STEPS,
  abort,
  accept,
  advance,
  advanceTo,
  append,
  consumerOf,
  cut,
  disconnect,
  drop,
  elsewhere,
  expire,
  fail,
  finish,
  leave,
  keysOf,
  loseAcknowledgement,
  notify,
  poison,
  refuse,
  remove,
  reply,
  replyError,
  restart,
  slow,
  trim,
} from './step.js'

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
  steps: v.array(v.unknown(), 'expected a list of steps'),
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

function decodeStep(step: unknown, number: number): Step {
  if (typeof step !== 'object' || step === null || Array.isArray(step)) throw new ScheduleError(`step ${number} is ${whatIs(step)}`)
  const kinds = keysOf(step)
  if (kinds.length !== 1) {
    throw new ScheduleError(
      `step ${number} is ${kinds.length === 0 ? 'of no known kind' : `of two kinds (${kinds.join(', ')})`}: expected one of ${Object.keys(stepSchemas).join(', ')}`,
    )
  }
  return parse(stepSchemas[kinds[0]!], step, `step ${number}`)
}

/** What stands in the place of a step, and what to do about it. */
function whatIs(step: unknown): string {
  if (typeof step === 'function') return `the function ${step.name} itself: call it, and what it gives is the step`
  if (Array.isArray(step)) return 'a list: steps stand one after the other (`...` in front of a list puts its steps there)'
  return `no step, but ${typeof step === 'string' ? JSON.stringify(step) : String(step)}: functions such as advanceTo and append make steps`
}

const text = (expected: string) => v.pipe(v.string(expected), v.minLength(1, expected))

const NAME = 'expected a name in lower case with hyphens, such as "second-page-late"'

const scenario = v.strictObject({
  name: v.pipe(v.string(NAME), v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, NAME)),
  summary: text('expected one sentence: what happens'),
  race: v.exactOptional(v.pipe(v.string(), v.regex(/^R\d+$/, 'expected a race of the catalogue, such as "R1"'))),
  rule: v.exactOptional(text('expected the number of a rule, such as "4.2"')),
  also: v.array(text('expected the number of a rule, such as "4.2"'), 'expected a list of rules'),
  needs: v.array(v.picklist(NEEDS, `expected one of ${NEEDS.join(', ')}`), 'expected a list of what a subject needs for it'),
  consumer: v.picklist(REFERENCE_CONSUMERS, `expected one of ${REFERENCE_CONSUMERS.join(', ')}`),
  schedule: v.unknown(),
})

/**
 * What a user wrote, with each step that it performs possible by the steps before it.
 * @throws ScheduleError that says where and what.
 */
export function decodeScenario(data: unknown): Scenario {
  if (!v.is(v.looseObject({}), data) || !('schedule' in data))
    throw new ScheduleError('no scenario: scenario(name, { summary, steps }) makes one')
  const { schedule, ...about } = parse(scenario, data, '')
  const decoded = decodeSchedule(schedule)
  let appended = 0
  for (const [at, step] of decoded.steps.entries()) {
    const lack = lackFor(step, decoded.consumers ?? 1, appended)
    if (lack !== undefined) throw new ScheduleError(`step ${at + 1} is of ${lack}`)
    if ('append' in step) appended += step.append
  }
  return { ...about, schedule: decoded }
}

/** What a step speaks of that is not there. */
function lackFor(step: Step, consumers: number, appended: number): string | undefined {
  const consumer = consumerOf(step)
  if (consumer !== undefined && consumer >= consumers)
    return `consumer ${consumer}, counted from 0, and there ${consumers === 1 ? 'is 1' : `are ${consumers}`}: "consumers" says how many`
  if ('append' in step) return undefined
  const entry = 'delete' in step ? step.delete : 'notify' in step ? step.notify : 0
  return entry > appended
    ? `entry s${entry}, and ${appended === 0 ? 'nothing' : `no more than ${appended}`} is appended before it`
    : undefined
}

function parse<T>(schema: v.GenericSchema<unknown, T>, data: unknown, where: string): T {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  const place = [where, ...(path === null ? [] : [`"${path}"`])].filter(Boolean).join(', ')
  throw new ScheduleError(`${place}: ${messageOf(issue)}`)
}

const messageOf = (issue: v.BaseIssue<unknown>): string =>
  issue.type === 'strict_object' && issue.expected === 'never' ? 'is not known (a typing error?)' : issue.message

// ── As code: what a person would have written by hand.

/** What a user imports to make steps. */
const FUNCTIONS = {
  abort,
  accept,
  advance,
  advanceTo,
  append,
  cut,
  disconnect,
  drop,
  elsewhere,
  expire,
  fail,
  finish,
  leave,
  loseAcknowledgement,
  notify,
  poison,
  refuse,
  remove,
  reply,
  replyError,
  restart,
  slow,
  trim,
}

type Call = readonly [name: keyof typeof FUNCTIONS, ...args: readonly unknown[]]

type StepOf<Key extends StepKey> = Extract<Step, Readonly<Record<Key, unknown>>>

/** Consumer 0 is named only where something comes behind it. */
const unlessFirst = (consumer: number) => (consumer === 0 ? undefined : consumer)

/** By the key that only a step of this kind has: the call that makes it. */
const CALLS: { readonly [Key in StepKey]: (step: StepOf<Key>) => Call } = {
  advance: ({ advance: consumer, to, ...options }) =>
    to === undefined ? ['advance', unlessFirst(consumer), options] : ['advanceTo', to, { ...options, consumer: unlessFirst(consumer) }],
  expire: ({ expire: consumer }) => ['expire', unlessFirst(consumer)],
  abort: ({ abort: consumer }) => ['abort', unlessFirst(consumer)],
  leave: ({ leave: consumer }) => ['leave', unlessFirst(consumer)],
  restart: ({ restart: consumer, from, ...options }) => ['restart', from, unlessFirst(consumer), options],
  append: ({ append: count, ...options }) => ['append', count, options],
  notify: ({ notify: entry }) => ['notify', entry],
  trim: ({ trim: { maxLen } }) => ['trim', maxLen],
  delete: ({ delete: entry }) => ['remove', entry],
  drop: () => ['drop'],
  poison: ({ poison: count }) => ['poison', count],
  elsewhere: ({ elsewhere: count }) => ['elsewhere', count],
  finish: () => ['finish'],
  disconnect: ({ disconnect: consumer }) => ['disconnect', unlessFirst(consumer)],
  fail: ({ fail: what, times, ...options }) => ['fail', what, { times: times === 1 ? undefined : times, ...options }],
  reply: ({ reply: consumer, is, error }) =>
    is === 'error' ? ['replyError', error ?? '', unlessFirst(consumer)] : ['reply', is, unlessFirst(consumer)],
  connections: ({ connections: consumer, are }) => [CONNECTIONS[are], unlessFirst(consumer)],
  acknowledgement: () => ['loseAcknowledgement'],
  slow: ({ slow: consumer, bytesPerSecond }) => ['slow', bytesPerSecond, unlessFirst(consumer)],
}

const CONNECTIONS = { cut: 'cut', refused: 'refuse', accepted: 'accept' } as const

/** Code, and the functions of `tailrace` that it calls. */
export interface Code {
  readonly text: string
  readonly calls: readonly string[]
}

/** The call that makes this step; the step itself where no call makes exactly that. */
export function stepCode(step: Step): Code {
  const [name, ...args] = (CALLS[keysOf(step)[0]!] as (step: Step) => Call)(step)
  const made = (FUNCTIONS[name] as (...args: readonly unknown[]) => Step)(...args)
  if (!isSame(made, step)) return { text: literal(step), calls: [] }
  const given = args.map((arg) => literal(arg ?? 0))
  while (given.length > 0 && (args[given.length - 1] === undefined || given.at(-1) === '{}')) given.pop()
  return { text: `${name}(${given.join(', ')})`, calls: [name] }
}

/** The properties of `scenario` that say what is performed, each in lines of its own. */
export function scheduleCode({ steps, read, consumers = 1 }: Schedule): Code & { readonly lines: readonly string[] } {
  const made = steps.map(stepCode)
  const special = Object.fromEntries(Object.entries(read).filter(([name, value]) => DEFAULT_READ[name as keyof typeof read] !== value))
  const inOneLine = `steps: [${made.map(({ text: call }) => call).join(', ')}],`
  const lines = [
    ...(inOneLine.length <= WIDTH ? [inOneLine] : ['steps: [', ...made.map(({ text: call }) => `  ${call},`), '],']),
    ...(Object.keys(special).length === 0 ? [] : [`read: ${literal(special)},`]),
    ...(consumers === 1 ? [] : [`consumers: ${consumers},`]),
  ]
  return { text: lines.join('\n'), lines, calls: [...new Set(made.flatMap(({ calls }) => calls))].sort() }
}

/** Of most formatters, without an indentation. */
const WIDTH = 78

const isSame = (a: Step, b: Step): boolean => inOrder(a) === inOrder(b)

const inOrder = (step: Step): string => literal(Object.fromEntries(Object.entries(step).sort(([a], [b]) => (a < b ? -1 : 1))))

/** JSON as an expression: `{ outcome: 'empty' }`. What is undefined is left out. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const properties = Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [`${keyCode(key)}: ${literal(each)}`]))
  return properties.length === 0 ? '{}' : `{ ${properties.join(', ')} }`
}

/** Without quotes where it needs none. In a literal `__proto__` would be the prototype, in brackets it is a key like any other. */
const keyCode = (key: string): string => (key === '__proto__' ? `['${key}']` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key))

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
