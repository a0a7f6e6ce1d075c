/**
 * What an exploration has shown, as data that can be saved, joined with that of other shards, and printed.
 *
 * The hash is of the bound, the gates and the subject's store: only certificates with the same hash are of the same
 * exploration.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { type Counts, addCounts } from '../oracle/check.js'
import { type Explored, unreduced } from './exploration.js'
import type { Shard } from './share.js'

export const CERTIFICATE_VERSION = 1

export interface Certificate {
  readonly version: number
  readonly subject: string
  readonly consumer: string
  readonly store: string
  readonly bound: {
    readonly appends: number
    readonly cycles: number
    readonly moves: number
    readonly count: number
    /** One of these at a time, at each place. */
    readonly faults?: readonly string[]
  }
  readonly gates: readonly string[]
  readonly hash: string
  /** Whole numbers, as text: they can be beyond what a JSON number holds. */
  readonly interleavings: string
  readonly covered: string
  readonly lost: string
  readonly owedNothing: string
  readonly schedules: number
  readonly counts: Counts
  readonly shards: readonly string[]
  readonly complete: boolean
  readonly ms: number
}

export interface About {
  readonly subject: string
  readonly consumer: string
  readonly store: string
  readonly bound: Certificate['bound']
  readonly gates: readonly string[]
  readonly shard?: Shard
}

export function certify({ shard, ...about }: About, explored: Explored): Certificate {
  const { covered, lost, unknown, schedules, counts, ms } = explored
  const interleavings = unreduced(about.bound, about.bound.faults?.length)
  return {
    version: CERTIFICATE_VERSION,
    ...about,
    hash: hashOf(about),
    interleavings: String(interleavings),
    covered: String(covered),
    lost: String(lost),
    owedNothing: String(unknown),
    schedules,
    counts,
    shards: [shard === undefined ? '1/1' : `${shard.index + 1}/${shard.of}`],
    complete: covered === interleavings,
    ms,
  }
}

const hashOf = ({ subject, consumer, bound, gates }: Omit<About, 'shard'>): string =>
  createHash('sha256')
    .update(JSON.stringify([CERTIFICATE_VERSION, subject, consumer, bound, gates]))
    .digest('hex')
    .slice(0, 12)

export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** @throws CertificateError where they are not parts of one exploration. */
export function merge(certificates: readonly Certificate[]): Certificate {
  const [first, ...others] = certificates
  if (first === undefined) throw new CertificateError('there is nothing to merge')
  return others.reduce((a, b) => {
    if (a.hash !== b.hash)
      throw new CertificateError(
        `these are of two explorations: ${a.hash} (${a.subject}, ${describeBound(a)}) and ${b.hash} (${b.subject}, ${describeBound(b)})`,
      )
    const twice = b.shards.find((shard) => a.shards.includes(shard))
    if (twice !== undefined) throw new CertificateError(`shard ${twice} is there twice`)
    const sum = (key: 'covered' | 'lost' | 'owedNothing') => String(BigInt(a[key]) + BigInt(b[key]))
    const covered = sum('covered')
    return {
      ...a,
      covered,
      lost: sum('lost'),
      owedNothing: sum('owedNothing'),
      schedules: a.schedules + b.schedules,
      counts: addCounts(a.counts, b.counts),
      shards: [...a.shards, ...b.shards].sort(),
      complete: covered === a.interleavings,
      ms: a.ms + b.ms,
    }
  }, first)
}

const whole = v.pipe(v.string(), v.regex(/^\d+$/, 'expected a whole number as text'))
const number = v.pipe(v.number(), v.minValue(0))
const schema = v.strictObject({
  version: v.number(),
  subject: v.string(),
  consumer: v.string(),
  store: v.string(),
  bound: v.strictObject({
    appends: number,
    cycles: number,
    moves: number,
    count: number,
    faults: v.exactOptional(v.array(v.string())),
  }),
  gates: v.array(v.string()),
  hash: v.string(),
  interleavings: whole,
  covered: whole,
  lost: whole,
  owedNothing: whole,
  schedules: number,
  counts: v.strictObject({ owed: number, delivered: number, lost: number, gaps: number, injected: number, injectedDelivered: number }),
  shards: v.array(v.string()),
  complete: v.boolean(),
  ms: number,
})

/** @throws CertificateError that says what is wrong with it. */
export function decodeCertificate(text: string, where: string): Certificate {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw new CertificateError(`${where} is not JSON: ${(error as Error).message}`)
  }
  const parsed = v.safeParse(schema, data)
  if (!parsed.success)
    throw new CertificateError(
      `${where} is not a certificate of tailrace explore: ${v.getDotPath(parsed.issues[0]) ?? 'the whole'}: ${parsed.issues[0].message}`,
    )
  if (parsed.output.version > CERTIFICATE_VERSION)
    throw new CertificateError(`${where} has version ${parsed.output.version}: a newer tailrace is needed`)
  const { hash, ...rest } = parsed.output
  if (hashOf(rest) !== hash) throw new CertificateError(`${where} has been changed: its hash does not fit its bound and gates`)
  return parsed.output
}

const describeBound = ({ bound: { appends, cycles, faults } }: Certificate): string =>
  `${appends} appends × ${cycles} cycles${faults === undefined ? '' : ` × none or one of {${faults.join(', ')}}`}`

/** The certificate in words. */
export function certificateText(certificate: Certificate): string {
  const { interleavings, covered, lost, owedNothing, gates, counts, schedules, hash, complete, shards } = certificate
  const n = (value: string | number) => BigInt(value).toLocaleString('en-US')
  const share = Number((BigInt(covered) * 10_000n) / BigInt(interleavings)) / 100
  const lines = [
    `${n(covered)} of ${n(interleavings)} interleavings${complete ? '' : ` (${share} %)`}, ${describeBound(certificate)}, gates {${gates.join(', ')}}, ${n(lost)} lost`,
    `gap opened ${n(counts.gaps)} times, sentinel injected ${n(counts.injected)}, delivered ${n(counts.injectedDelivered)}; in ${n(owedNothing)} nothing was owed${certificate.bound.faults === undefined ? '' : ', or the fault could not be'}`,
    `run as ${n(schedules)} schedules${shards.length > 1 || shards[0] !== '1/1' ? `, shards ${shards.join(' ')}` : ''} · certificate ${hash}`,
  ]
  return lines.join('\n')
}
