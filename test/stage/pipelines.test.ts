/** Programs that read ahead of their client, through a pipeline that takes its turns. */
import { describe, it } from 'vitest'
import { right, wrong } from '../support/programs/pipelines.js'
import { expectRight, expectWrong, onModel } from '../support/programs/program.js'

describe('a pipeline that is right', () => {
  it.each(Object.entries(right))('%s', async (_, each) => expectRight(await onModel(each)), 60_000)
})

describe('a pipeline that is wrong', () => {
  it.each(Object.entries(wrong))('%s', async (_, [rule, each]) => expectWrong(await onModel(each, { bursts: 400 }), rule), 60_000)
})
