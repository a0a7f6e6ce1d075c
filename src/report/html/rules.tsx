/** The rules that a report speaks of, so that it says by itself what they ask for. */
import { rules } from '../../oracle/rules/index.js'
import { anchorOf } from '../../oracle/rules/rule.js'
import type { CaseResult } from '../result.js'

/** Those that cases try first, and those that what was found speaks of. */
export const rulesOf = (cases: readonly CaseResult[]): ReadonlySet<string> =>
  new Set(cases.flatMap(({ rule = [], verdict }) => [rule, ...verdict.anomalies.map((each) => each.rule)].flat()))

export function Rules({ ids }: { readonly ids: ReadonlySet<string> }) {
  const spokenOf = rules.filter(({ id }) => ids.has(id))
  if (spokenOf.length === 0) return null
  return (
    <section aria-labelledby='rules'>
      <h2 id='rules'>Rules</h2>
      <dl class='rules'>
        {spokenOf.map(({ id, intent, ifItFails }) => (
          <div id={anchorOf(id)}>
            <dt>{id}</dt>
            <dd>
              {intent}
              <br />
              <span class='faint'>If it fails: {ifItFails}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
