/** The warnings of the wire lint, for a terminal. A section of its own: nothing in it is a loss that was shown. */
import { lintRuleOf } from '../../dialects/redis/lint/lint.js'
import type { Warning } from '../../dialects/wire-dialect.js'
import { type Style, plainStyle } from '../style.js'
import { paragraph, visible, number } from '../text.js'

export interface LintTextOptions {
  readonly style?: Style
  readonly width?: number
}

/** Empty where there are none. */
export function lintText(warnings: readonly Warning[], { style = plainStyle, width = 80 }: LintTextOptions = {}): string {
  if (warnings.length === 0) return ''
  const rules = [...new Set(warnings.map(({ rule }) => rule))]
  return [
    style.unsure('warnings, read off the wire (not proven losses)'),
    ...rules.flatMap((rule) => [
      '',
      ...ofRule(
        rule,
        warnings.filter((warning) => warning.rule === rule),
        style,
        width,
      ),
    ]),
  ].join('\n')
}

function ofRule(id: string, warnings: readonly Warning[], style: Style, width: number): string[] {
  const { title, why, fix, source } = lintRuleOf(id)
  const [first, ...rest] = paragraph(title, width, '      ', '')
  return [
    `  ${style.unsure(id.padEnd(3))} ${style.strong(first!)}`,
    ...rest.map(style.strong),
    ...warnings.flatMap((warning) => paragraph(seen(warning), width, '        ', '      ')),
    ...paragraph(why, width, '            ', '      why   '),
    ...paragraph(fix, width, '            ', '      fix   '),
    ...paragraph(`docs/wire-lint.md#${id.toLowerCase()} (${source})`, width, '            ', '      see   ').map(style.faint),
  ]
}

const seen = ({ connection, evidence, count }: Warning): string =>
  visible(`${connection}: ${evidence}${count === 1 ? '' : ` · ${number(count)}×`}`)
