/** `tailrace rules`: what an implementation is held to. `--markdown` is where docs/rules.md comes from. */
import { rulesMarkdown, scenariosOf, signsText } from '../report/formats/docs.js'
import { styleFor } from '../report/style.js'
import { SECTIONS } from '../oracle/rules.js'
import { rules } from '../report/advice.js'
import { scenarios } from '../../scenarios/index.js'
import { UsageError } from './errors.js'

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
