import { expect, it } from 'vitest'
import { lines } from '../../../src/sources/wire/command.js'

function said(...pieces: readonly string[]): string[] {
  const all: string[] = []
  const { push, end } = lines((line) => all.push(line))
  for (const piece of pieces) push(piece)
  end()
  return all
}

it.each([
  [['a\nb\n'], ['a', 'b']],
  [['a\r\nb\rc'], ['a', 'b', 'c']],
  [
    ['a', 'b\nc', 'd', '\n'],
    ['ab', 'cd'],
  ],
  // The CR and the LF of one end may come apart.
  [
    ['a\r', '\nb'],
    ['a', 'b'],
  ],
  [['\n\n\na\n\n'], ['a']],
  [['no end'], ['no end']],
  [[], []],
])('%j are the lines %j', (pieces, expected) => {
  expect(said(...pieces)).toEqual(expected)
})

it('cuts a line that never ends', () => {
  const long = 'x'.repeat(16 * 1024 * 1024)
  expect(said(long, 'y', 'z\nnext\n').map(({ length }) => length)).toEqual([long.length + 1, 1, 4])
})
