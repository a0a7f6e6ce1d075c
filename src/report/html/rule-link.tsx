/** A rule or a race, as it is referred to. */
import { anchorOf } from '../../rules/rule.js'

/** Where the rules can be read. Relative as long as they are not published. */
const RULES = 'docs/rules.md'

export const RuleLink = ({ id }: { readonly id: string }) => <a href={`${RULES}#${anchorOf(id)}`}>rule {id}</a>
