import { expect, it } from 'vitest'
import { check } from '../../src/oracle/check.js'
import type { History } from '../../src/history/event.js'
import { history } from './histories.js'

/** How often the checker looks at an event of the history while it judges it. */
function looks(events: History, result = 'valid'): number {
  let count = 0
  const watched = new Proxy([...events], {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) count++
      return Reflect.get(target, key, receiver) as unknown
    },
  })
  expect(check(watched).result).toBe(result)
  return count
}

it('looks at twice as many events of a burst twice as often, not four times', () => {
  const burst = (n: number) => {
    const values = Array.from({ length: n }, (_, i) => `s${i + 1}`)
    const story = history()
      .connected()
      .idle()
      .append(...values)
    for (let i = 0; i < n; i += 10) story.poll(...values.slice(i, i + 10))
    return story.end()
  }
  expect(looks(burst(200))).toBeLessThan(2.5 * looks(burst(100)))
})

it('looks for what lost an entry as often as entries were lost, whatever the length of the history', () => {
  const lossy = (n: number) => {
    const story = history().connected()
    for (let i = 1; i <= n; i++) story.idle().append(`s${i}`).reading({ cursor: '$' }).blocked().expired().returned('empty').ended('done')
    return story.end()
  }
  expect(looks(lossy(200), 'invalid')).toBeLessThan(2.5 * looks(lossy(100), 'invalid'))
})
