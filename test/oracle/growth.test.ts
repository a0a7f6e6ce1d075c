import { expect, it } from 'vitest'
import { check } from '../../src/oracle/check.js'
import type { History } from '../../src/history/event.js'
import { history } from './histories.js'

/** How often the checker looks at an event of the history while it judges it. */
function looks(events: History): number {
  let count = 0
  const watched = new Proxy([...events], {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) count++
      return Reflect.get(target, key, receiver) as unknown
    },
  })
  expect(check(watched).result).toBe('valid')
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
