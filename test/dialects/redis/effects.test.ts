import { describe, expect, it } from 'vitest'
import { effectsOf } from '../../../src/dialects/redis/effects.js'

describe('what a command does', () => {
  it.each([
    ['XADD', ['append']],
    ['XACK', ['acknowledge']],
    ['XACKDEL', ['acknowledge', 'remove']],
    ['UNLINK', ['remove']],
    ['PSUBSCRIBE', ['listen']],
    ['SPUBLISH', ['publish']],
    ['XACK XDEL', ['acknowledge', 'remove']],
    ['XADD GET XADD PUBLISH', ['append', 'publish']],
  ])('%s: %j', (command, effects) => {
    expect(effectsOf(command)).toEqual(effects)
  })

  it.each(['GET', 'UNSUBSCRIBE', 'constructor', 'GET SET', ''])('nothing is known of %j', (command) => {
    expect(effectsOf(command)).toBeUndefined()
  })
})
