import { describe, expect, it } from 'vitest'
import { Recorder } from '../../src/history/recorder.js'

describe('the recorder', () => {
  it('keeps events in order', () => {
    const recorder = new Recorder()
    recorder.record({ type: 'drain' })
    recorder.record({ type: 'finished' })
    expect(recorder.seal()).toEqual([{ type: 'drain' }, { type: 'finished' }])
  })

  it('takes nothing any more once it is sealed', () => {
    const seen: string[] = []
    const recorder = new Recorder(({ type }) => seen.push(type))
    recorder.record({ type: 'drain' })
    const history = recorder.seal()
    recorder.record({ type: 'finished' })
    expect([history, recorder.seal(), seen]).toEqual([[{ type: 'drain' }], [{ type: 'drain' }], ['drain']])
  })
})
