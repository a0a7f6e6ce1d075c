import { describe, expect, it } from 'vitest'
import { isOfNoInterest, matching, typeKey } from '../../../src/cli/watch/index.js'

describe('typeKey', () => {
  it('takes letters, digits and hyphens, and what takes them away', () => {
    expect(typeKey('em', { name: 'p', sequence: 'p' })).toEqual({ kind: 'typing', text: 'emp' })
    expect(typeKey('em', { sequence: '-' })).toEqual({ kind: 'typing', text: 'em-' })
    expect(typeKey('em', { name: 'backspace', sequence: '\u007f' })).toEqual({ kind: 'typing', text: 'e' })
    expect(typeKey('em', { name: 'u', ctrl: true, sequence: '\u0015' })).toEqual({ kind: 'typing', text: '' })
    expect(typeKey('em', { name: 'up', sequence: '\u001b[A' })).toEqual({ kind: 'typing', text: 'em' })
  })

  it('ends with enter, escape or Ctrl-C', () => {
    expect(typeKey('em', { name: 'return', sequence: '\r' })).toEqual({ kind: 'done', text: 'em' })
    expect(typeKey('em', { name: 'escape', sequence: '\u001b' })).toEqual({ kind: 'left' })
    expect(typeKey('em', { name: 'c', ctrl: true, sequence: '\u0003' })).toEqual({ kind: 'left' })
  })

  it('finds names by a part of them', () => {
    expect(matching(['empty-gap', 'batch-gap', 'long-idle'], ' Gap')).toEqual(['empty-gap', 'batch-gap'])
    expect(matching(['empty-gap'], '')).toEqual(['empty-gap'])
  })
})

it.each([
  ['/p/src/adapter.ts', true, false],
  ['/p/adapter.mjs', true, false],
  ['/p/src', false, false],
  ['/p', false, false],
  ['/p/report.json', true, true],
  ['/p/node_modules/a/index.js', true, true],
  ['/p/.tailrace', false, true],
  ['/p/dist/a.js', true, true],
  ['/elsewhere/a.ts', true, true],
])('of %s, a change is of no interest to /p: %s, %s', (path, isFile, expected) => {
  expect(isOfNoInterest('/p', path, isFile)).toBe(expected)
})
