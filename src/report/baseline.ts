/** The file of known losses, `tailrace.baseline.json`: read, written, and made from a report. */
import type { KnownLoss } from '../subject/known-loss.js'
import { ReportError, parsed, readJson, type JsonReport, knownLossSchema } from './report-schema.js'
import { hasExpired, sameLoss } from './known-losses.js'
import * as v from 'valibot'

const BASELINE_VERSION = 1

const baseline = v.strictObject({ version: v.literal(BASELINE_VERSION), knownLosses: v.array(knownLossSchema) })

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

/** Each loss of a report once, with the reason and the day. What is not lost, but unknown, cannot be accepted. */
export function lossesOf(report: JsonReport, because: Pick<KnownLoss, 'reason' | 'expires'>): readonly KnownLoss[] {
  const losses = report.subjects.flatMap((subject) =>
    [...subject.scenarios, subject.bursts?.failure, subject.exploration?.failure].flatMap((each) =>
      (each?.result === 'invalid' ? each.anomalies : []).map(
        ({ code, window, rule }): KnownLoss => ({
          subject: subject.name,
          where: each!.name,
          code,
          ...(window === undefined ? {} : { window }),
          rule,
          ...because,
        }),
      ),
    ),
  )
  return losses.filter((loss, at) => losses.findIndex((other) => isSame(loss, other)) === at)
}

export interface Joined {
  readonly losses: readonly KnownLoss[]
  readonly added: readonly KnownLoss[]
  /** Had expired, and have a new day. */
  readonly renewed: readonly KnownLoss[]
  /** Were known already, and keep their reason and their day. */
  readonly kept: readonly KnownLoss[]
}

export function join(before: readonly KnownLoss[], found: readonly KnownLoss[], today: string): Joined {
  const old = (loss: KnownLoss) => before.find((other) => isSame(loss, other))
  const added = found.filter((loss) => old(loss) === undefined)
  const renewed = found.filter((loss) => old(loss) !== undefined && hasExpired(old(loss)!, today))
  const kept = found.filter((loss) => old(loss) !== undefined && !hasExpired(old(loss)!, today))
  const stay = before.map((loss) => renewed.find((other) => isSame(loss, other)) ?? loss)
  return { losses: [...stay, ...added], added, renewed, kept }
}

const isSame = (a: KnownLoss, b: KnownLoss) => a.subject === b.subject && a.where === b.where && sameLoss(a, b)
