import { describe, expect, it } from 'vitest'
import { blocksOf, commandsOf, comparable, partOf, patched } from './blocks.js'

describe('blocksOf', () => {
  it('finds blocks with their language, their text and their mark', () => {
    const markdown = [
      '# Title',
      '',
      '<!-- test: file=src/a.ts exit=1 output="npx tailrace list" redis -->',
      '```ts',
      'const a = 1',
      '```',
      '',
      '```',
      'plain',
      '```',
    ].join('\n')
    const [first, second] = blocksOf('a.md', markdown)
    expect(first).toMatchObject({ where: 'a.md:4', language: 'ts', text: 'const a = 1' })
    expect(Object.fromEntries(first!.mark!)).toEqual({ file: 'src/a.ts', exit: '1', output: 'npx tailrace list', redis: '' })
    expect(second).toMatchObject({ where: 'a.md:8', language: '', text: 'plain', mark: undefined })
  })

  it('lets one empty line stand between mark and fence, and no more', () => {
    expect(blocksOf('a.md', '<!-- test: exit=0 -->\n\n```sh\nnpm ci\n```')[0]!.mark).toBeDefined()
    expect(blocksOf('a.md', '<!-- test: exit=0 -->\n\n\n```sh\nnpm ci\n```')[0]!.mark).toBeUndefined()
  })

  it('refuses a block that is never closed', () => {
    expect(() => blocksOf('a.md', '```ts\nconst a = 1\n')).toThrow('a.md:1: this block is never closed')
  })
})

describe('commandsOf', () => {
  it('takes lines apart and leaves comments out', () => {
    expect(commandsOf('npm ci && npm test   # both\n# nothing\nnpx tailrace list')).toEqual(['npm ci', 'npm test', 'npx tailrace list'])
  })
})

describe('comparable', () => {
  it('forgets what was measured, and where its lines broke', () => {
    expect(comparable('✓ a   redis 7.0.15 (private process)\n  1 lost · 39 ms\n\n  ┊ pauses 100 ms')).toBe(
      comparable('✓ a   redis 6.2.7 (--redis host:1)\n  1 lost\n  · 1.2 s\n\n  ┊ pauses 100 ms'),
    )
  })

  it('keeps everything else, the pauses of a consumer included', () => {
    expect(comparable('┊ pauses 100 ms')).not.toBe(comparable('┊ pauses 101 ms'))
    expect(comparable('1   announces: ready')).not.toBe(comparable('1  announces: ready'))
    expect(comparable('1 lost · 39 ms')).not.toBe(comparable('2 lost · 39 ms'))
  })
})

describe('partOf', () => {
  it('takes paragraphs from a line on, or all of it', () => {
    const output = 'a\n\n  hint  b  \n   c\n\nd\n'
    expect(partOf(output, 'hint', 1)).toBe('  hint  b\n   c')
    expect(partOf(output, undefined, Number.POSITIVE_INFINITY)).toBe('a\n\n  hint  b\n   c\n\nd')
    expect(() => partOf(output, 'e', 1)).toThrow('no line of the output begins with "e"')
  })
})

describe('patched', () => {
  it('puts one side of a diff in the place of the other', () => {
    expect(patched('a\nb\nc', '-a\n+x\n b')).toBe('x\nb\nc')
    expect(patched('a\nb\nc', ' b\n-c')).toBe('a\nb')
  })

  it('refuses what is not there, or is there twice', () => {
    expect(() => patched('a\nb', '-c\n+d')).toThrow('expected once in the file')
    expect(() => patched('a\nb\na\nb', '-a\n+c\n b')).toThrow('expected once in the file')
  })
})
