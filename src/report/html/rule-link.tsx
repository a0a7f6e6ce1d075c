/** A rule or a race, as it is referred to. */
import { anchorOf } from '../../rules/rule.js'

/** Where the rules can be read. Relative as long as they are not published. */
const RULES = 'docs/rules.md'

interface RuleLinkProps {
  readonly id: string
  /** Below a heading that says what it is. */
  readonly bare?: boolean
}

export const RuleLink = ({ id, bare = false }: RuleLinkProps) => <a href={`${RULES}#${anchorOf(id)}`}>{bare ? id : `rule ${id}`}</a>
