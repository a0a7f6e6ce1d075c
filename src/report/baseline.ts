/** The file of known losses, `tailrace.baseline.json`: read, written, and made from a report. */
import type { KnownFinding, KnownLoss } from '../subject/known-loss.js'
import { findingsOf } from './findings.js'
import { hasExpired } from './known-losses.js'
import { ReportError, knownLossSchema, parsed, readJson } from './report-schema.js'
import type { SuiteResult } from './result.js'
import * as v from 'valibot'

/** Version 1 had losses in one place alone, which are still read. */
const BASELINE_VERSION = 2

const baseline = v.strictObject({ version: v.picklist([1, BASELINE_VERSION]), knownLosses: v.array(knownLossSchema) })

/** @throws ReportError that says what is wrong with the file. */
export async function readBaseline(path: string): Promise<readonly KnownLoss[]> {
  const data = await readJson(path)
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (typeof version === 'number' && version > BASELINE_VERSION)
    throw new ReportError(`${path} has version ${version}, and this tailrace reads version ${BASELINE_VERSION}: a newer one is needed`)
  return parsed(baseline, data, path, 'a file of known losses that "tailrace baseline" wrote').knownLosses
}

export const baselineText = (losses: readonly KnownLoss[]): string =>
  `${JSON.stringify({ version: BASELINE_VERSION, knownLosses: losses }, null, 2)}\n`

/** Each finding of a report, with the reason and the day. What is not lost, but unknown, cannot be accepted. */
export const lossesOf = ({ subjects }: SuiteResult, because: Pick<KnownLoss, 'reason' | 'expires'>): readonly KnownFinding[] =>
  subjects.flatMap((subject) =>
    findingsOf(subject).map(({ cause, cases }) => ({
      subject: subject.name,
      cause,
      shownBy: [...new Set(cases.map(({ name }) => name))],
      ...because,
    })),
  )

export interface Joined {
  readonly losses: readonly KnownLoss[]
  readonly added: readonly KnownLoss[]
  /** Had expired, and have a new day. */
  readonly renewed: readonly KnownLoss[]
  /** Were known already, and keep their reason and their day. */
  readonly kept: readonly KnownLoss[]
}

export function join(before: readonly KnownLoss[], found: readonly KnownFinding[], today: string): Joined {
  const old = (loss: KnownFinding) => before.find((other) => isSame(other, loss))
  const added = found.filter((loss) => old(loss) === undefined)
  const renewed = found.filter((loss) => old(loss) !== undefined && hasExpired(old(loss)!, today))
  const kept = found.filter((loss) => old(loss) !== undefined && !hasExpired(old(loss)!, today))
  const stay = before.map((loss) => renewed.find((other) => isSame(loss, other)) ?? withPlaces(loss, kept))
  return { losses: [...stay, ...added], added, renewed, kept }
}

const isSame = (a: KnownLoss, b: KnownFinding) => 'cause' in a && a.subject === b.subject && a.cause === b.cause

/** More scenarios may show it than did before. */
function withPlaces(loss: KnownLoss, kept: readonly KnownFinding[]): KnownLoss {
  const again = kept.find((other) => isSame(loss, other))
  if (again === undefined || !('cause' in loss)) return loss
  return { ...loss, shownBy: [...new Set([...(loss.shownBy ?? []), ...(again.shownBy ?? [])])] }
}
