/** Where the moment of a loss is not found by running it again, its act is told by the history, and marked so. */
import { expect, it } from 'vitest'
import { withMoment } from '../../src/run/run-target.js'
import { emptyGap } from '../report/runs.js'
import { green } from '../report/suites.js'

it('is marked where it was not found, and only where something was lost', async () => {
  const [lost, fine] = [await emptyGap(), await green()]
  const moment = { value: 's1', consumer: 0, session: 0, step: 1, kind: 'append', at: 3, runs: 4, continuations: ['idle'] } as const
  expect(withMoment(lost, undefined).notes).toEqual([...lost.notes, expect.stringContaining('told by this history alone')])
  expect(withMoment(lost, moment)).toEqual({ ...lost, noReturn: moment })
  expect(withMoment(fine, undefined)).toBe(fine)
})
