/** `tailrace list`: the scenarios, with the rule and the race that each tries. */
import { styleFor } from '../report/style.js'
import { describeStep } from '../schedule/step.js'
import { scenarios } from '../../scenarios/index.js'

export async function listScenarios({ json }: { readonly json?: boolean }): Promise<number> {
  if (json) {
    process.stdout.write(`${JSON.stringify(scenarios, null, 2)}\n`)
    return 0
  }
  const style = styleFor(process.stdout)
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  for (const { name, race, rule, summary, schedule } of scenarios) {
    process.stdout.write(`${style.strong(name.padEnd(width))}  ${race.padEnd(3)}  rule ${rule}  ${summary}\n`)
    process.stdout.write(`${' '.repeat(width)}  ${style.faint(schedule.steps.map(describeStep).join(' · '))}\n`)
  }
  return 0
}
