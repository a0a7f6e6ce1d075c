/** Subjects are run one after the other, until somebody ends it. */
import { expect, it } from 'vitest'
import { runAll } from '../../src/run/run-suite.js'
import { subjectResult } from '../report/runs.js'

it('runs no further subject once it is ended, and keeps what it has', async () => {
  const ended = new AbortController()
  const run = (name: string) => async () => {
    if (name === 'second') ended.abort(new Error('interrupted'))
    return subjectResult([], { name })
  }
  const told: string[] = []
  const { subjects } = await runAll(['first', 'second', 'third'].map(run), {
    seed: 1,
    signal: ended.signal,
    onSubject: ({ name }) => void told.push(name),
  })
  expect(subjects.map(({ name }) => name)).toEqual(['first', 'second'])
  expect(told).toEqual(['first', 'second'])
})
