import { describe, expect, it } from 'vitest'
import { shardFromEnvironment } from '../../src/cli/shard.js'

describe('the shard that the engine names', () => {
  it.each([
    ['GitLab CI, from 1', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' }, { index: 0, of: 4 }],
    ['GitLab CI, the last', { CI_NODE_INDEX: '4', CI_NODE_TOTAL: '4' }, { index: 3, of: 4 }],
    ['CircleCI, from 0', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '3' }, { index: 0, of: 3 }],
    ['CircleCI, the last', { CIRCLE_NODE_INDEX: '2', CIRCLE_NODE_TOTAL: '3' }, { index: 2, of: 3 }],
    ['a Kubernetes Job', { JOB_COMPLETION_INDEX: '1', JOB_COMPLETIONS: '8' }, { index: 1, of: 8 }],
  ])('%s', (_, environment, shard) => {
    const found = shardFromEnvironment(environment)
    expect(found?.shard).toEqual(shard)
    for (const [name, value] of Object.entries(environment)) expect(found?.from).toContain(`${name}=${value}`)
  })

  it.each([
    ['nothing is set', {}],
    ['GitLab says that there is one job', { CI_NODE_TOTAL: '1' }],
    ['CircleCI runs one container', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '1' }],
    ['a variable is empty', { CI_NODE_INDEX: '', CI_NODE_TOTAL: '' }],
  ])('is none where %s', (_, environment) => {
    expect(shardFromEnvironment(environment)).toBeUndefined()
  })

  it.each([
    ['no total', { JOB_COMPLETION_INDEX: '1' }, 'JOB_COMPLETIONS does not say of how many'],
    [
      'beyond the last',
      { CI_NODE_INDEX: '5', CI_NODE_TOTAL: '4' },
      'CI_NODE_INDEX=5 and CI_NODE_TOTAL=4 (GitLab CI) are no part of a whole',
    ],
    ['below the first', { CI_NODE_INDEX: '0', CI_NODE_TOTAL: '4' }, 'are no part of a whole'],
    ['no number', { CIRCLE_NODE_INDEX: 'a', CIRCLE_NODE_TOTAL: '4' }, 'are no part of a whole'],
  ])('is refused with %s', (_, environment, message) => {
    expect(() => shardFromEnvironment(environment)).toThrow(message)
  })
})
