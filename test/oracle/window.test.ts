import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/oracle/analysis.js'
import type { Window } from '../../src/oracle/window.js'
import { type Story, history } from './histories.js'

/** The window that is open for consumer 0 after this. */
function after({ events }: Story): Window {
  const mine = analyse(events).sessions.find(({ consumer }) => consumer === 0)
  return mine?.track.windowAt(events.length - 1) ?? 'connect-gap'
}

const reads = () => history().connected().idle()

describe('connect gap: from the start to the first read', () => {
  it.each<[string, () => Story]>([
    ['before anything', () => history()],
    ['after its start', () => history().session()],
    ['before the tail reaches the store', () => history().session().tailCalled()],
    ['while the tail is asked for', () => history().session().tailCalled().tailSent()],
    ['before the tail reaches the consumer', () => history().session().tail('0-0')],
    ['after a tail that failed', () => history().session().tailCalled().tailSent().tailFailed()],
    ['after the announcement', () => history().connected()],
    ['before the first read reaches the store', () => history().connected().readCalled()],
    ['in a pause before the first read', () => history().connected().paused()],
    ['while another consumer reads', () => history().connected().as(1).connected().waiting()],
    ['after the start of a second session', () => reads().aborted().closed('aborted').session()],
    ['after the tail of a second session', () => reads().aborted().closed('aborted').session().tail('0-0')],
  ])('%s', (_, story) => expect(after(story())).toBe('connect-gap'))
})

describe('empty gap: from an empty read to the next one', () => {
  it.each<[string, () => Story]>([
    ['before the empty answer reaches the consumer', () => history().connected().waiting().expired().returned('empty')],
    ['after it', () => reads()],
    ['in the pause that follows', () => reads().paused()],
    ['before the next read reaches the store', () => reads().readCalled()],
    ['while the tail is asked for again inside the loop', () => reads().tailCalled().tailSent()],
    ['after the tail came back inside the loop', () => reads().tail('0-0')],
    ['after an announcement that comes late', () => reads().announced()],
    ['though another consumer is in a batch', () => reads().as(1).session().reading().batch({ id: '1-0' })],
  ])('%s', (_, story) => expect(after(story())).toBe('empty-gap'))
})

describe('batch gap: from a batch to the next read', () => {
  const batch = () => reads().append('s1', 's2').reading().returned('batch')
  it.each<[string, () => Story]>([
    ['before the batch reaches the consumer', () => batch()],
    ['within it', () => batch().entry('s1')],
    ['after a delivery', () => batch().entry('s1').deliver('s1')],
    ['after the last of it', () => batch().entry('s1').deliver('s1').ended()],
    ['after the consumer left it early', () => batch().entry('s1').deliver('s1').ended('left')],
    ['before the next read reaches the store', () => batch().entry('s1').deliver('s1').ended().readCalled()],
    ['in a pause', () => batch().entry('s1').deliver('s1').ended().paused()],
    ['after the tail was asked for inside the loop', () => batch().entry('s1').ended().tail('2-0')],
  ])('%s', (_, story) => expect(after(story())).toBe('batch-gap'))
})

describe('in block: while a read is in the store', () => {
  it.each<[string, () => Story]>([
    ['sent', () => history().connected().reading()],
    ['blocked', () => history().connected().waiting()],
    ['timed out, and not yet back', () => history().connected().waiting().expired()],
    ['blocked again after an empty one', () => reads().waiting()],
  ])('%s', (_, story) => expect(after(story())).toBe('in-block'))
})

describe('error gap: from a failure to the next read', () => {
  it.each<[string, () => Story]>([
    ['after a read that failed', () => reads().reading().returned('error')],
    ['after it ended', () => reads().reading().returned('error').ended('error')],
    ['after a failure in mid-batch', () => reads().append('s1').reading().returned('batch').entry('s1').deliver('s1').ended('error')],
    ['in the back-off', () => reads().reading().returned('error').ended('error').paused()],
    ['before the retry reaches the store', () => reads().reading().returned('error').ended('error').readCalled()],
    ['while the tail is asked for again', () => reads().reading().returned('error').ended('error').tailCalled()],
    ['after the connection was cut', () => history().connected().waiting().disconnected()],
  ])('%s', (_, story) => expect(after(story())).toBe('error-gap'))

  it('is over when the read waits again', () => {
    expect(after(history().connected().waiting().disconnected().blocked())).toBe('in-block')
  })
})

describe('the window of an entry', () => {
  const windows = (story: Story) => analyse(story.end()).sessions[0]?.owed.map(({ value, window }) => `${value} ${window}`)

  it('is that of its call', () => {
    const story = history()
      .connected()
      .append('s1')
      .waiting()
      .append('s2')
      .served('s1', 's2')
      .append('s3')
      .poll('s3')
      .idle()
      .append('s4')
      .poll('s4')
    expect(windows(story)).toEqual(['s1 connect-gap', 's2 in-block', 's3 batch-gap', 's4 empty-gap', 'fence in-block'])
  })

  it('is the connect gap for what was there before the session that resumes above it', () => {
    expect(windows(history().append('s1', 's2').session('id', '1-0').poll('s2'))).toEqual(['s2 connect-gap', 'fence in-block'])
  })
})
