/**
 * `tailrace list`: the scenarios, with the rule and the race that each tries; `--wire` those of `tailrace wire`, `--config` and
 * `--schedule` with those of the user's own, and `--all` names what is planned too.
 * `--markdown` is where docs/races.md comes from.
 */
import { scenarios } from '../../scenarios/index.js'
import { planned } from '../../scenarios/planned.js'
import { loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import { loadScenarios } from './schedule-files.js'
import { dialectOf } from '../dialects/dialect.js'
import type { Illustration } from '../kit/selftest.js'
import { SECTIONS } from '../oracle/rules.js'
import { rulesIn } from '../report/advice.js'
import { rulesMarkdown, scenariosOf, signsText } from '../report/formats/docs.js'
import { styleFor } from '../report/style.js'
import type { Scenario } from '../schedule/scenario.js'
import { describeStep } from '../schedule/step.js'

/** Lists and pages are of no result: they are told in the words of Redis, which the model speaks too. */
const dialect = dialectOf('redis')
const rules = rulesIn(dialect.words)

export interface ListOptions {
  readonly all?: boolean
  readonly wire?: boolean
  readonly json?: boolean
  readonly markdown?: boolean
  readonly config?: string
  readonly schedule?: readonly string[]
}

export async function listScenarios(options: ListOptions): Promise<number> {
  const { all = false, wire = false, json = false, markdown = false, config, schedule: files } = options
  if (markdown && (config !== undefined || files !== undefined))
    throw new UsageError('--markdown has the races of the catalogue, and nothing of your own: leave --config and --schedule out')
  if (markdown && wire) throw new UsageError('--markdown has the races of the wire, too: leave --wire out')
  if (markdown && (json || all)) throw new UsageError('--markdown has all races already, and is not --json: leave the other option out')
  if (markdown) {
    process.stdout.write(await asMarkdown())
    return 0
  }
  const cwd = process.cwd()
  const own = await loadScenarios(
    config === undefined ? undefined : { scenarios: (await loadConfig(config, cwd)).scenarios, where: config },
    files,
  )
  const builtIn = wire ? (await import('../../scenarios/wire/index.js')).wireScenarios : scenarios
  const listed = [...builtIn, ...own]
  if (json) {
    process.stdout.write(`${JSON.stringify(all ? { scenarios: listed, planned } : listed, null, 2)}\n`)
    return 0
  }
  const style = styleFor(process.stdout)
  const width = Math.max(...listed.map(({ name }) => name.length))
  for (const { name, race = '', rule, summary, schedule } of listed) {
    const tries = rule === undefined ? '' : `rule ${rule}`
    process.stdout.write(`${style.strong(name.padEnd(width))}  ${race.padEnd(3)}  ${tries.padEnd(9)}  ${summary}\n`)
    process.stdout.write(
      `${' '.repeat(width)}  ${style.faint(schedule.steps.map((step) => describeStep(step, dialect.words)).join(' · '))}\n`,
    )
  }
  if (!all) return 0
  process.stdout.write('\nPlanned: a log and its readers alone do not show these.\n')
  for (const { race, title, by } of planned) process.stdout.write(`${race.padEnd(3)}  ${title} ${style.faint(`(${by})`)}\n`)
  return 0
}

/** Runs every scenario of a race once: loaded on use, since listing needs none of it. */
async function asMarkdown(): Promise<string> {
  const [{ racesMarkdown }, { illustrate }, { races }, { wireScenarios }] = await Promise.all([
    import('../report/formats/docs.js'),
    import('../kit/selftest.js'),
    import('../../scenarios/races.js'),
    import('../../scenarios/wire/index.js'),
  ])
  const mutantOf = ({ race, name }: Scenario) => races.find((each) => each.race === race)?.shown?.[name]
  const shown: Illustration[] = []
  for (const scenario of scenarios) if (scenario.race !== undefined) shown.push(await illustrate(scenario, mutantOf(scenario)))
  return racesMarkdown({ dialect, races, shown, wireScenarios, planned })
}

// ── `tailrace rules`: what an implementation is held to. `--markdown` is where docs/rules.md comes from.

export interface RulesOptions {
  readonly json?: boolean
  readonly markdown?: boolean
}

export async function listRules({ json = false, markdown = false }: RulesOptions): Promise<number> {
  if (json && markdown) throw new UsageError('--json or --markdown, not both')
  process.stdout.write(markdown ? rulesMarkdown(rules, scenarios) : json ? asJson() : asText())
  return 0
}

function asJson(): string {
  const all = rules.map((rule) => ({ ...rule, scenarios: scenariosOf(rule, scenarios).map(({ name }) => name) }))
  return `${JSON.stringify(all, null, 2)}\n`
}

function asText(): string {
  const style = styleFor(process.stdout)
  return Object.entries(SECTIONS)
    .map(([section, title]) => {
      const lines = rules
        .filter(({ id }) => id.startsWith(`${section}.`))
        .map((rule) => {
          const { id, intent, needs } = rule
          const level = needs === undefined ? '' : ` ${style.faint(`(where ${needs} is declared)`)}`
          return `  ${style.strong(id.padEnd(4))}  ${intent}${level}\n        ${style.faint(signsText(rule))}\n`
        })
      return `§${section} ${title}\n${lines.join('')}`
    })
    .join('\n')
}
