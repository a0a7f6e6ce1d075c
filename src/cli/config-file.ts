/** Finds, loads and checks the user's configuration. TypeScript needs no build step of theirs. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { relative, resolve } from 'node:path'
import type * as Jiti from 'jiti'
import * as v from 'valibot'
import { inTime, unlessIdle } from '../clock/clock.js'
import { CAPABILITY_NAMES } from '../contract/capabilities.js'
import { messageOf } from '../dialects/store-error.js'
import { knownLossSchema } from '../report/report-schema.js'
import { checkOwn } from '../run/own-scenarios.js'
import type { Config } from '../subject/config.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { MAX_CATCH_UP_MS, type WireSubject } from '../subject/wire-subject.js'
import { UsageError } from './errors.js'

const NAMES = ['tailrace.config.ts', 'tailrace.config.mts', 'tailrace.config.js', 'tailrace.config.mjs']

/** Every property of the type, and no other: what a type promises is accepted, or this does not compile. */
type Entries<T> = Record<keyof T, v.GenericSchema>

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const isFunction = (what: string) =>
  v.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', `expected a function: ${what}`)

const positive = v.pipe(v.number(), v.integer(), v.minValue(1, 'expected at least 1'))

const subject = v.strictObject({
  name: v.pipe(v.string('expected a name'), v.minLength(1, 'expected a name')),
  file: v.optional(v.string('expected the path of its source file')),
  store: v.picklist(['memory', 'redis', 'own'], 'expected "memory", "redis" or "own"'),
  open: isFunction('open({ url, memory }) gives the repository'),
  key: v.optional(isFunction('key(topic) gives the key of a topic on the Redis')),
  compareIds: v.optional(isFunction('compareIds(a, b) gives a number')),
  consume: v.optional(isFunction('consume({ repository, topic, clock, signal }) gives an async iterable')),
  entryOf: v.optional(isFunction('entryOf(frame) gives { id, data, complete }, a list of these, or undefined')),
  isAnnouncement: v.optional(isFunction('isAnnouncement(frame) gives a boolean')),
  resumeIdOf: v.optional(isFunction('resumeIdOf(frame) gives the id that a client sends back, or undefined')),
  startsAt: v.optional(v.picklist(['tail', 'beginning'])),
  delivery: v.optional(v.picklist(['exactly-once', 'at-least-once'])),
  isTruncation: v.optional(isFunction('isTruncation(frame) gives a boolean')),
  capabilities: v.optional(v.strictObject(Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, v.optional(v.boolean())])))),
  timers: v.optional(v.picklist(['clock', 'system'])),
  payload: v.optional(isFunction('payload(token, body) gives what to append')),
  owes: v.optional(isFunction('owes(entry, consumer) gives a boolean')),
  foreign: v.optional(isFunction('foreign(token, body) gives what to append for others')),
} satisfies Entries<SubjectDefinition>)

const wireSubject = v.strictObject({
  name: v.pipe(v.string('expected a name'), v.minLength(1, 'expected a name')),
  topic: v.pipe(v.string('expected the key that it reads'), v.minLength(1, 'expected the key that it reads')),
  start: isFunction('start({ url, topic, onDelivery }) gives { stop() }'),
  publish: v.optional(v.union([v.string(), isFunction('publish({ url, topic, token, data }) adds a sentinel')])),
  notify: v.optional(v.union([v.string(), isFunction('notify({ url, topic, id, token, data }) tells the channel')])),
  announces: v.optional(v.boolean()),
  appendsThroughProbe: v.optional(v.boolean()),
  consumers: v.optional(v.union([positive, v.pipe(v.array(v.string()), v.minLength(1))], 'expected how many consumers, or their names')),
  startsAt: v.optional(v.picklist(['tail', 'beginning'])),
  delivery: v.optional(v.picklist(['exactly-once', 'at-least-once', 'at-most-once'])),
  retries: v.optional(v.boolean()),
  catchUpWithinMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_CATCH_UP_MS))),
} satisfies Entries<WireSubject>)

const config = v.strictObject({
  subjects: v.array(v.looseObject({})),
  wire: v.optional(v.array(v.looseObject({}))),
  scenarios: v.optional(v.array(v.unknown(), 'expected a list of scenarios')),
  bursts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  timeMs: v.optional(positive),
  seed: v.optional(v.pipe(v.number(), v.integer())),
  watchdogMs: v.optional(positive),
  knownLosses: v.optional(v.union([v.string(), v.array(knownLossSchema)], 'expected a path, or a list of known losses')),
} satisfies Entries<Config>)

/** @throws ConfigError when there is none, it does not load, or something in it is wrong. */
export async function loadConfig(path: string | undefined, cwd: string): Promise<Config> {
  const file = findConfig(path, cwd)
  const where = relative(cwd, file) || file
  return checkConfig(await load(file, where), where)
}

/** @throws ConfigError when there is none. */
export function findConfig(path: string | undefined, cwd: string): string {
  if (path !== undefined) {
    const file = resolve(cwd, path)
    if (!existsSync(file)) throw new ConfigError(`${path} does not exist (--config)`)
    return file
  }
  const found = NAMES.map((name) => resolve(cwd, name)).find((file) => existsSync(file))
  if (found === undefined)
    throw new ConfigError(
      `no tailrace.config.ts here (looked for ${NAMES.join(', ')}).\nnpx tailrace init writes one; --config names another.`,
    )
  return found
}

async function load(file: string, where: string): Promise<unknown> {
  const module = await importUserFile(file, where)
  const exported = (module as { default?: unknown }).default
  if (exported === undefined)
    throw new ConfigError(`${where} has no default export: expected export default defineConfig({ subjects: […] })`)
  return exported
}

/** To be imported, jiti would first be searched for its exports, all 190 kB of it. */
const require = createRequire(import.meta.url)

/** Longer than a module takes that waits for a server which it starts. */
const LOADS_MS = 60_000

/** @throws ConfigError where it does not load, or a top-level await never settles. `where`: what it is called in that error. */
export async function importUserFile(file: string, where: string): Promise<unknown> {
  const { createJiti } = require('jiti') as typeof Jiti
  const load = () => createJiti(import.meta.url, { interopDefault: false }).import(file)
  const unsettled = (why: string) => new Error(`a top-level await in it, or in what it imports, ${why}`)
  const late = (after: string) => unsettled(`had not settled after ${after} (what takes long is for open, and watchdogMs bounds that)`)
  const idle = () => unsettled('never settles: nothing is left that could settle it')
  try {
    return await unlessIdle(() => inTime(LOADS_MS, load, late, false), idle)
  } catch (error) {
    throw new ConfigError(`${where} does not load: ${messageOf(error)}`)
  }
}

/** @throws ConfigError that names every fault: its subject, the property, and what was expected there. */
export function checkConfig(data: unknown, where: string): Config {
  const faults = faultsOf(config, data, where)
  const { subjects, wire, scenarios } = v.is(v.looseObject({}), data) ? (data as Partial<Record<keyof Config, unknown>>) : {}
  const all = [
    ...listed(subjects).map((each, i) => ({ each, place: i + 1, schema: subject })),
    ...listed(wire).map((each, i) => ({ each, place: i + 1, schema: wireSubject })),
  ]
  if (faults.length === 0 && all.length === 0) faults.push(`${where}: expected at least one subject, in "subjects" or in "wire"`)
  const names = new Set<unknown>()
  for (const { each, place, schema } of all) {
    const { name } = each
    const about = `${where}, ${typeof name === 'string' && name !== '' ? `subject "${name}"` : `subject ${place}`}`
    // Class instances may keep their functions on the prototype: looked at one by one.
    const known = Object.fromEntries(Object.keys(schema.entries).flatMap((key) => (each[key] === undefined ? [] : [[key, each[key]]])))
    faults.push(...faultsOf(schema, { ...known, ...each }, about))
    if (names.has(name)) faults.push(`${where}: two subjects are called "${String(name)}"`)
    names.add(name)
    if (schema === subject && each['consume'] === undefined && (each['entryOf'] !== undefined || each['isAnnouncement'] !== undefined))
      faults.push(`${about}: entryOf and isAnnouncement belong to a consumer of your own, and consume is missing`)
    if (schema === subject && each['foreign'] !== undefined && each['owes'] === undefined)
      faults.push(`${about}: foreign makes entries that owes says are not owed, and owes is missing`)
  }
  if (Array.isArray(scenarios)) faults.push(...checkOwn([{ where, given: scenarios }]).faults)
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return data as Config
}

const listed = (value: unknown): Record<string, unknown>[] => (v.is(v.array(v.looseObject({})), value) ? value : [])

/** Each in a line. */
function faultsOf(schema: v.GenericSchema, data: unknown, where: string): string[] {
  return (v.safeParse(schema, data).issues ?? []).map((issue) => {
    const path = v.getDotPath(issue)
    const extra = issue.type === 'strict_object' && issue.expected === 'never' ? 'is not known (a typing error?)' : issue.message
    return `${where}: ${path === null ? '' : `"${path}" `}${extra}`
  })
}

/** @throws UsageError where one of the names is not there. */
export function chooseSubjects({ subjects }: Config, names: readonly string[] | undefined): Config['subjects'] {
  if (names === undefined) return subjects
  return names.map((name) => {
    const subject = subjects.find((each) => each.name === name)
    if (subject === undefined)
      throw new UsageError(
        `no subject is called "${name}". There ${subjects.length === 1 ? 'is' : 'are'}: ${subjects.map((each) => each.name).join(', ')}`,
      )
    return subject
  })
}
