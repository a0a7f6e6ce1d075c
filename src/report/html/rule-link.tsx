/** A rule, as it is referred to: the page says below what it asks for. */
import { rules } from '../../oracle/rules/index.js'
import { anchorOf } from '../../oracle/rules/rule.js'

interface RuleLinkProps {
  readonly id: string
  /** Below a heading that says what it is. */
  readonly bare?: boolean
}

export function RuleLink({ id, bare = false }: RuleLinkProps) {
  const text = bare ? id : `rule ${id}`
  // A report may be of another version.
  return rules.some((each) => each.id === id) ? <a href={`#${anchorOf(id)}`}>{text}</a> : <>{text}</>
}
