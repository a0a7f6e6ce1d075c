import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgress } from '../../src/report/formats/live.js'
import { colourStyle, plainStyle, styleFor } from '../../src/report/style.js'
import { areNeighbours, clip, padEnd, visible, widthOf, wrap, count, duration, list, range, shellWord } from '../../src/report/text.js'

describe('text', () => {
  it('shows what a terminal would obey', () => {
    expect(visible('a\u001b[2Jb\u0007\r\n\t\u0085\u202e\u2028\ufeff\ud800z')).toBe(
      'a\\x1b[2Jb\\x07\\r\\n\\t\\x85\\u202e\\u2028\\ufeff\\ud800z',
    )
    expect(visible('日本 🚫 naïve – "$"')).toBe('日本 🚫 naïve – "$"')
    expect(visible(visible('\u001b'))).toBe(visible('\u001b'))
  })

  it('is as wide as it looks', () => {
    expect(['abc', '─▶░…', '日本', '🚫', '👨‍👩‍👧', 'e\u0301', ''].map(widthOf)).toEqual([3, 4, 4, 2, 2, 1, 0])
    expect(padEnd('日', 4)).toBe('日  ')
    expect(clip('abcdef', 4)).toBe('abc…')
    expect(clip('日本語', 4)).toBe('日…')
  })

  it('is taken piece by piece, and no piece ends inside a character', () => {
    for (const long of ['a'.repeat(3000), '日'.repeat(3000), '🚫'.repeat(1500)]) {
      expect([widthOf(`${long}e\u0301b`), widthOf(`e\u0301${long}`)]).toEqual([widthOf(long) + 2, widthOf(long) + 1])
      const lines = wrap(long, 80)
      expect([lines.join(''), Math.max(...lines.map(widthOf))]).toEqual([long, 80])
    }
  })

  it('wraps between words, inside what is too long, and never before a number', () => {
    expect(wrap('the read #12 came back', 8)).toEqual(['the', 'read #12', 'came', 'back'])
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
    expect(wrap('日本語', 1)).toEqual(['日', '本', '語'])
    expect(wrap('', 4)).toEqual([''])
  })
})

it('words agree with their numbers', () => {
  expect([count(1, 'entry'), count(0, 'entry'), count(1347, 'step'), count(2, 'more anomaly', 'more anomalies')]).toEqual([
    '1 entry',
    '0 entries',
    '1,347 steps',
    '2 more anomalies',
  ])
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c'])
  expect([range(['a', 'b', 'c']), range(['a', 'b', 'c', 'd'])]).toEqual(['a, b, c', 'a … d'])
  expect([4.4, 99, 900, 9_960, 12_000, 125_000].map(duration)).toEqual(['4 ms', '99 ms', '0.9 s', '10 s', '12 s', '2 min 5 s'])
  expect(['a-b/c.json', "it's", '$x y', ''].map(shellWord)).toEqual(['a-b/c.json', `'it'\\''s'`, `'$x y'`, `''`])
})

it('colour is for terminals, unless it is told otherwise', () => {
  const on = { isTTY: true }
  expect(styleFor(on, {})).toBe(colourStyle)
  expect(styleFor({}, {})).toBe(plainStyle)
  expect(styleFor(on, { NO_COLOR: '1' })).toBe(plainStyle)
  expect(styleFor(on, { NO_COLOR: '' })).toBe(colourStyle)
  expect(styleFor(on, { TERM: 'dumb' })).toBe(plainStyle)
  expect(styleFor({}, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(colourStyle)
  expect(styleFor(on, { FORCE_COLOR: '0' })).toBe(plainStyle)
  expect(colourStyle.bad('x')).toBe('\u001b[31mx\u001b[39m')
})

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  function streamOf(isTTY: boolean) {
    const stream = Object.assign(new PassThrough(), {
      isTTY,
      columns: 40,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    })
    return { stream, written: () => String(stream.read() ?? '') }
  }

  it('is silent where nobody looks', () => {
    const { stream, written } = streamOf(false)
    const progress = createProgress(stream, {})
    progress.update('empty-gap')
    vi.advanceTimersByTime(60_000)
    progress.stop()
    expect(written()).toBe('')
  })

  it('is a line now and then in CI', () => {
    const { stream, written } = streamOf(false)
    const progress = createProgress(stream, { CI: 'true' })
    progress.update('empty-\u001bgap')
    vi.advanceTimersByTime(29_000)
    expect(written()).toBe('')
    vi.advanceTimersByTime(1_000)
    expect(written()).toBe('empty-\\x1bgap (30 s)\n')
    progress.stop()
    vi.advanceTimersByTime(60_000)
    expect(written()).toBe('')
  })

  it('spins on a terminal after two seconds, and again after it was stopped', async () => {
    vi.stubEnv('CI', undefined)
    vi.stubEnv('TERM', 'xterm')
    const { stream, written } = streamOf(true)
    const progress = createProgress(stream, {})
    for (const text of ['first', 'second']) {
      progress.update(text)
      await vi.advanceTimersByTimeAsync(1_900)
      expect(written()).toBe('')
      await vi.advanceTimersByTimeAsync(200)
      await vi.dynamicImportSettled()
      expect(written()).toContain(text)
      progress.stop()
      written()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(written()).toBe('')
    }
  })

  it('gives the cursor back when the process ends in the middle', async () => {
    vi.stubEnv('CI', undefined)
    vi.stubEnv('TERM', 'xterm')
    const { stream, written } = streamOf(true)
    const before = process.listeners('exit')
    createProgress(stream, {}).update('first')
    await vi.advanceTimersByTimeAsync(2_100)
    await vi.dynamicImportSettled()
    expect(written()).not.toContain('\u001b[?25h')
    const [atExit] = process.listeners('exit').filter((listener) => !before.includes(listener))
    atExit!(0)
    expect(written()).toContain('\u001b[?25h')
    expect(process.listeners('exit')).toEqual(before)
  })

  it('does not appear when it was over before', async () => {
    const { stream, written } = streamOf(true)
    const progress = createProgress(stream, {})
    progress.update('quick')
    progress.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await vi.dynamicImportSettled()
    expect(written()).toBe('')
  })
})

it('knows whether anything lies between', () => {
  const order = ['a', 'b', 'c', 'd']
  expect([['b', 'c'], ['d'], ['a', 'c'], ['b', 'a'], ['d', 'e'], ['e']].map((names) => areNeighbours(names, order))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})
