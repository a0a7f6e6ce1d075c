/** Scenarios of the user's own: checked before anything runs, and told apart from those that tailrace has. */
import { scenarios as builtIn } from '../../scenarios/index.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { rules } from '../oracle/rules.js'
import { ScheduleError, decodeScenario } from '../schedule/codec.js'
import type { Scenario } from '../schedule/scenario.js'

/** Scenarios that were written down in one place. */
export interface OwnScenarios {
  /** The place, as a message names it: `late.ts`. */
  readonly where: string
  /** A scenario, or a list of them; whatever else it may be is a fault. */
  readonly given: unknown
}

export interface Checked {
  readonly scenarios: readonly Scenario[]
  /** Each in a line: where, what, and what to do. */
  readonly faults: readonly string[]
}

/** Parts of a run that reports name as they name scenarios. */
const PARTS = ['undisturbed', 'bursts', 'exploration', 'close']

export const isPartOfRun = (name: string): boolean => PARTS.includes(name)

const TAKEN: ReadonlyMap<string, string> = new Map([
  ...[...builtIn, ...wireScenarios].map(({ name }) => [name, 'tailrace has a scenario of that name'] as const),
  ...PARTS.map((name) => [name, 'a part of every run has that name'] as const),
])

export function checkOwn(all: readonly OwnScenarios[]): Checked {
  const scenarios: Scenario[] = []
  const faults: string[] = []
  const places = new Map<string, string>()
  for (const { where, given } of all) {
    const listed: readonly unknown[] = Array.isArray(given) ? given : [given]
    for (const [at, each] of listed.entries()) {
      const found = checkOne(each, where, placeOf(each, Array.isArray(given) ? at + 1 : undefined))
      if (typeof found === 'string') faults.push(found)
      else {
        const before = places.get(found.name)
        if (before === undefined) scenarios.push(found)
        else faults.push(`${before === where ? where : `${before} and ${where}`}: two scenarios are called "${found.name}": rename one`)
        places.set(found.name, where)
      }
    }
  }
  return { scenarios, faults }
}

/** @throws ScheduleError that names every fault. */
export function ownScenarios(all: readonly OwnScenarios[]): readonly Scenario[] {
  const { scenarios, faults } = checkOwn(all)
  if (faults.length > 0) throw new ScheduleError(faults.join('\n'))
  return scenarios
}

/** `scenario "late"`, or its place in the list where it has no name; empty where it is the only one. */
function placeOf(each: unknown, number: number | undefined): string {
  const name = typeof each === 'object' && each !== null && 'name' in each ? each.name : undefined
  if (typeof name === 'string' && name !== '') return `scenario "${name}"`
  return number === undefined ? '' : `scenario ${number}`
}

/** The scenario, or what is wrong with it. */
function checkOne(each: unknown, where: string, place: string): Scenario | string {
  const at = place === '' ? where : `${where}, ${place}`
  try {
    const decoded = decodeScenario(each)
    const taken = TAKEN.get(decoded.name)
    if (taken !== undefined) return `${at}: ${taken}: choose another`
    const unknown = [...(decoded.rule === undefined ? [] : [decoded.rule]), ...decoded.also].find(
      (id) => !rules.some((rule) => rule.id === id),
    )
    return unknown === undefined ? decoded : `${at}: there is no rule ${unknown} (npx tailrace rules lists them)`
  } catch (error) {
    if (error instanceof ScheduleError) return `${at}: ${error.message}`
    throw error
  }
}
