/** `tailrace list`: the scenarios, with the rule and the race that each tries; `--all` names what is planned too. */
import { styleFor } from '../report/style.js'
import { describeStep } from '../schedule/step.js'
import { scenarios } from '../../scenarios/index.js'
import { planned } from '../../scenarios/planned.js'

export interface ListOptions {
  readonly all?: boolean
  readonly json?: boolean
}

export async function listScenarios({ all = false, json = false }: ListOptions): Promise<number> {
  if (json) {
    process.stdout.write(`${JSON.stringify(all ? { scenarios, planned } : scenarios, null, 2)}\n`)
    return 0
  }
  const style = styleFor(process.stdout)
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  for (const { name, race = '', rule, summary, schedule } of scenarios) {
    process.stdout.write(`${style.strong(name.padEnd(width))}  ${race.padEnd(3)}  rule ${rule.padEnd(4)}  ${summary}\n`)
    process.stdout.write(`${' '.repeat(width)}  ${style.faint(schedule.steps.map(describeStep).join(' · '))}\n`)
  }
  if (!all) return 0
  process.stdout.write('\nPlanned: a log and its readers alone do not show these.\n')
  for (const { race, title, by } of planned) process.stdout.write(`${race.padEnd(3)}  ${title} ${style.faint(`(${by})`)}\n`)
  return 0
}
