/** Reached or not, how far off, and what bounds it. */
import type { Results } from '../results.js'
import { type Target, targetsOf } from '../targets.js'
import { number, percent, table } from './words.js'

/** Shares that are named. */
const NAMED = 3

export function targetsSection(results: Results): string {
  const targets = targetsOf(results)
  const reached = targets.filter((target) => target.reached).length
  const rows = targets.map((target) => [
    target.what,
    target.target,
    target.measured,
    target.reached ? 'reached' : notReached(target, results),
  ])
  return `## Targets

${reached} of ${targets.length} are reached. What bounds those that are not: what the consumer's own calls take with no harness at all, and, by
a CPU profile of that arm, where the rest of the time goes. Both are below.

${table(['what', 'target', 'measured', ''], rows)}`
}

function notReached({ off, profile }: Target, { rates }: Results): string {
  const parts = ['**not reached**']
  if (off !== undefined && Number.isFinite(off)) parts.push(`${number(off)}× off`)
  const alone = rates.arms.find(({ arm }) => arm === profile)?.alone
  if (alone !== undefined) parts.push(`at most ${number(alone.value)} schedules per second with a harness that costs nothing`)
  const shares = rates.profile.filter(({ store }) => store === profile).slice(0, NAMED)
  if (shares.length > 0)
    parts.push(`most time in ${shares.map(({ where, share }) => `\`${where}\` ${percent(Number(share.toPrecision(2)))}`).join(', ')}`)
  return parts.join('; ')
}
