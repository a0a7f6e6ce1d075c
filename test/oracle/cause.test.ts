import { describe, expect, it } from 'vitest'
import { type AnomalyCode, anomaly } from '../../src/oracle/anomaly.js'
import type { CulpritName } from '../../src/oracle/catalogue/culprits.js'
import { causesOf } from '../../src/oracle/cause.js'

const found = (code: AnomalyCode, value?: string, consumer = 0) =>
  anomaly(code, 'seen', { consumer, ...(value === undefined ? {} : { value }) })
const lost = (name: CulpritName, value: string, consumer = 0) => anomaly('unseen', 'seen', { consumer, value, culprit: { name, at: 0 } })
const names = (...anomalies: Parameters<typeof causesOf>[0]) => causesOf(anomalies).map(({ name }) => name)

describe('the causes of what was found', () => {
  it('are the culprits of losses, each once, with all that was lost so', () => {
    const anomalies = [lost('latest-anew', 's1'), lost('latest-anew', 's2'), lost('dropped', 's3')]
    expect(causesOf(anomalies)).toEqual([
      { name: 'latest-anew', rule: '4.2', anomalies: anomalies.slice(0, 2) },
      { name: 'dropped', rule: '4.8', anomalies: anomalies.slice(2) },
    ])
  })

  it('are found among a hundred thousand anomalies, where to compare each with each would take an hour', () => {
    const many = Array.from({ length: 100_000 }, () => [found('over-read', 's1'), lost('dropped', 's1')]).flat()
    expect(names(...many.slice(0, 2), lost('dropped', 's2'))).toEqual(['over-read', 'dropped'])
    expect(causesOf([...many, lost('dropped', 's2')]).map(({ name, anomalies }) => [name, anomalies.length])).toEqual([
      ['over-read', 1],
      ['dropped', 1],
    ])
  })

  it('are other anomalies by their codes', () =>
    expect(names(found('duplicate-delivery', 's1'), found('leak'))).toEqual(['duplicate-delivery', 'leak']))

  it('are the same whether an entry is lost by it or not', () => {
    expect(names(lost('answered-past', 's1'))).toEqual(['int-poll-skip'])
    expect(names(lost('answered-past', 's1'), found('int-poll-skip', 's1'), found('int-poll-skip', 's2'))).toEqual(['int-poll-skip'])
  })

  it('lie in the lower layer, where both are about one entry', () => {
    expect(names(found('duplicate-delivery', 's1'), found('duplicate-append', 's1'))).toEqual(['duplicate-append'])
    expect(names(lost('dropped', 's1'), found('inconsistent-offsets', 's1'))).toEqual(['inconsistent-offsets'])
    expect(names(lost('dropped', 's1'), found('inconsistent-offsets', 's2'))).toEqual(['dropped', 'inconsistent-offsets'])
  })

  it('are two where a consumer has put its cursor beyond an entry, whatever is wrong with that', () => {
    expect(names(lost('tail-after-empty', 's1'), found('inconsistent-offsets', 's1'))).toEqual(['tail-after-empty', 'inconsistent-offsets'])
  })

  it('are two where a consumer has two faults', () => {
    expect(names(lost('tail-after-error', 's1'), found('duplicate-delivery', 's1'))).toEqual(['tail-after-error', 'duplicate-delivery'])
  })

  it('are what was lost before what is wrong with its id', () => {
    expect(names(found('inconsistent-offsets', 's1'), found('lost-append', 's1'))).toEqual(['lost-append'])
  })

  it('lie in the tail, where a session began or ended at a wrong one, and in the batch where it came in disorder', () => {
    expect(names(found('premature-end', 's9'), found('stale-tail'))).toEqual(['stale-tail'])
    expect(names(found('premature-end', 's9', 1), found('stale-tail'))).toEqual(['premature-end', 'stale-tail'])
    expect(names(found('nonmonotonic-poll', 's2'), found('int-nonmonotonic-poll'))).toEqual(['int-nonmonotonic-poll'])
    expect(names(found('phantom-tail'), lost('gave-id-ahead', 's9'))).toEqual(['phantom-tail'])
    expect(names(found('stale-read', 's1'), found('premature-end', 's9'))).toEqual(['stale-read'])
  })
})
