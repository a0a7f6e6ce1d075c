/** Where to look, and what to do about it: by what was found, where it fell, and the rule that it breaks. */
import { type Anomaly, kindOf } from '../oracle/anomaly.js'
import { rules } from '../oracle/rules.js'

const MAX_HINTS = 3

export const hintsFor = (anomalies: readonly Anomaly[]): readonly string[] => [...new Set(anomalies.flatMap(hintFor))].slice(0, MAX_HINTS)

/** None for an anomaly of another version. */
function hintFor({ code, rule, window }: Anomaly): string | readonly never[] {
  const { hint, hintIn } = kindOf(code) ?? {}
  // What a group took and lost is lost to an error, wherever it was appended.
  const inWindow = hintIn?.[rule === '4.5' ? 'error-gap' : (window ?? 'batch-gap')]
  return rules.find(({ id }) => id === rule)?.hint ?? inWindow ?? hint ?? []
}
