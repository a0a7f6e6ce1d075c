import { describe, expect, it } from 'vitest'
import { Recorder } from '../../src/history/recorder.js'

describe('the recorder', () => {
  it('keeps events in order', () => {
    const recorder = new Recorder()
    recorder.record({ type: 'drain' })
    recorder.record({ type: 'finished' })
    expect([recorder.length, recorder.at(0), recorder.at(1)]).toEqual([2, { type: 'drain' }, { type: 'finished' }])
    expect(recorder.seal()).toEqual([{ type: 'drain' }, { type: 'finished' }])
  })

  it('takes nothing any more once it is sealed', () => {
    const recorder = new Recorder()
    recorder.record({ type: 'drain' })
    const history = recorder.seal()
    recorder.record({ type: 'finished' })
    expect([history, recorder.length]).toEqual([[{ type: 'drain' }], 1])
  })
})
