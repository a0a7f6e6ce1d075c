/** Of a result that should be all green, what is not. */
import { type SubjectResult, failuresOf } from '../../../src/report/result.js'

export const describeResult = (result: SubjectResult): readonly string[] => [
  ...(result.error === undefined ? [] : [result.error]),
  ...failuresOf(result).map(
    ({ name, verdict: { result: came, anomalies, reasons } }) => `${name}: ${came}, ${JSON.stringify(anomalies)}, ${reasons.join('; ')}`,
  ),
]
