import { describe, expect, it } from 'vitest'
import { UnknownOutcomeError, isUnknownOutcome } from '../../src/contract/stream-repository.js'

describe('an unknown outcome', () => {
  it('is told by the error that the contract names, or by any that says so of itself', () => {
    expect(isUnknownOutcome(new UnknownOutcomeError('timed out'))).toBe(true)
    expect(isUnknownOutcome(Object.assign(new Error('timed out'), { outcome: 'unknown' }))).toBe(true)
    expect(new UnknownOutcomeError('timed out')).toMatchObject({ name: 'UnknownOutcomeError', message: 'timed out' })
  })

  it.each([new Error('timed out'), Object.assign(new Error('x'), { outcome: 'failed' }), undefined, null, 'unknown', { outcome: true }])(
    'is not told by %s',
    (error) => {
      expect(isUnknownOutcome(error)).toBe(false)
    },
  )
})
