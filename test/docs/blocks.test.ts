/** Every code block of the documentation is true: files type-check and run, commands exit as they should, output is real. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis } from '../../scripts/redis.mjs'
import { type Block, blocksOf, commandsOf, comparable, partOf, patched } from './blocks.js'
import { ROOT, Workshop } from './workshop.js'

/** Tried by a test of its own: it starts a server. */
const ELSEWHERE = new Set(['examples/sse/README.md'])

const listed = (folder: string, pattern: RegExp) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
const documents = [
  ...listed('.', /\.md$/),
  ...listed('docs', /\.md$/),
  ...listed('docs/analyses', /\.md$/),
  ...examples.flatMap(({ name }) => listed(join('examples', name), /^README\.md$/)),
]

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const projectOf = ({ where, mark }: Block) =>
  mark?.get('project') ??
  where
    .replace(/\.md:.*$/, '')
    .replace(/\W/g, '-')
    .toLowerCase()
const lastLines = (text: string) => text.trimEnd().split('\n').slice(-60).join('\n')

const blocks = documents.filter((file) => !ELSEWHERE.has(file)).flatMap((file) => blocksOf(file, read(file)))
const marked = (language: string, key: string) => blocks.filter((block) => block.language === language && block.mark?.has(key))

/** The file that a diff starts from: of the project that it names. */
function before({ where, mark }: Block): string {
  const found = marked('ts', 'file').find(
    (block) => projectOf(block) === mark!.get('from') && block.mark!.get('file') === mark!.get('file'),
  )
  if (found === undefined) throw new Error(`${where}: no block writes ${mark!.get('file')} in the project ${mark!.get('from')}`)
  return found.text
}

/** Puts real output into the blocks, instead of comparing them with it. */
const UPDATE = process.env['TAILRACE_UPDATE_DOCS'] === '1'
const updates: { readonly block: Block; readonly real: string }[] = []

/** Those of which more is asked than to be right. */
const tried = blocks.filter(
  ({ language, mark }) =>
    language === 'sh' || ['run', 'saved', 'output'].some((key) => mark?.has(key)) || mark?.get('file')?.endsWith('.test.ts'),
)

let workshop: Workshop
beforeAll(async () => {
  workshop = await Workshop.open()
  for (const block of [...marked('ts', 'file'), ...marked('js', 'file')]) {
    for (const project of [projectOf(block), ...(block.mark!.get('also')?.split(',') ?? [])])
      await workshop.write(project, block.mark!.get('file')!, block.text)
  }
  for (const block of marked('diff', 'file'))
    await workshop.write(projectOf(block), block.mark!.get('file')!, patched(before(block), block.text))
})
afterAll(async () => {
  await workshop?.close()
  for (const { block, real } of updates) {
    const file = join(ROOT, block.where.replace(/:\d+$/, ''))
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(`\n${block.text}\n`, () => `\n${real}\n`),
    )
  }
})

async function exitsWith(block: Block, line: string, code: string): Promise<string> {
  const outcome = await workshop.run(projectOf(block), line)
  expect(String(outcome.code), `${block.where}: ${line}\n${lastLines(outcome.output)}`).toBe(code)
  return outcome.output
}

/** Blocks that need a real Redis are skipped where there is none; `npm test` says so, loudly. */
const tryIt = (block: Block, what: string, body: () => Promise<void>) =>
  it.skipIf(block.mark!.has('redis') && !hasRedis())(`${block.where}: ${what}`, body, 60_000)

describe('the code blocks of the documentation', () => {
  it('say what is to be tried', () => {
    const known: Record<string, readonly string[]> = {
      ts: ['file', 'quote'],
      js: ['file'],
      json: ['saved', 'quote'],
      sh: ['exit', 'project', 'after'],
      diff: ['file'],
      // Of `gallery` blocks: the gallery itself compares them, with `npm run gallery -- --docs`.
      text: ['output', 'quote', 'gallery', 'generated', 'picture'],
      yaml: ['quote'],
      bash: ['quote'],
    }
    const wrong = blocks.filter(({ language, mark }) => mark === undefined || !known[language]?.some((key) => mark.has(key)))
    expect(wrong.map(({ where, language }) => `${where} (${language || 'no language'})`)).toEqual([])
    expect(blocks.length).toBeGreaterThan(0)
  })

  it('are generated only where the whole document is, and is compared with what makes it', () => {
    const generated = blocks.filter(({ mark }) => mark?.has('generated')).map(({ where }) => where.replace(/:\d+$/, ''))
    expect([...new Set(generated)]).toEqual(['docs/races.md'])
  })

  it('are pictures only where a test holds them to the code', () => {
    const pictures = blocks.filter(({ mark }) => mark?.has('picture')).map(({ where }) => where.replace(/:\d+$/, ''))
    expect(pictures).toEqual(['ARCHITECTURE.md'])
  })

  it('type-check, all files of all projects', async () => {
    expect(await workshop.typeCheck()).toEqual({ code: 0, output: '' })
  })

  it.each(blocks.filter(({ mark }) => mark?.has('quote')).map((block) => [block.where, block] as const))(
    '%s is in the file that it quotes',
    (_, block) => {
      const inOrder = (text: string) =>
        text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean)
          .join('\n')
      expect(inOrder(read(block.mark!.get('quote')!))).toContain(inOrder(block.text))
    },
  )

  describe.each([...new Set(tried.map(projectOf))])('of the project %s', (project) => {
    for (const block of tried.filter((each) => projectOf(each) === project && each.mark !== undefined)) {
      const { language, mark, text } = block
      const file = mark!.get('file')
      if (file?.endsWith('.test.ts')) {
        tryIt(block, `npx vitest run ${file}`, async () => {
          await exitsWith(block, `npx vitest run ${file}`, mark!.get('exit') ?? '0')
        })
      }
      if (mark!.has('run')) {
        tryIt(block, mark!.get('run')!, async () => {
          await exitsWith(block, mark!.get('run')!, mark!.get('exit') ?? '0')
        })
      }
      if (language === 'sh') {
        const codes = (mark!.get('exit') ?? '0').split(',')
        tryIt(block, text.trim().split('\n')[0]!, async () => {
          if (mark!.has('after')) await workshop.run(project, mark!.get('after')!)
          for (const [i, line] of commandsOf(text).entries()) await exitsWith(block, line, codes[i] ?? codes.at(-1)!)
        })
      }
      if (mark!.has('saved')) {
        tryIt(block, `the file that is saved by ${mark!.get('saved')!}`, async () => {
          await exitsWith(block, mark!.get('saved')!, mark!.get('exit') ?? '0')
          expect(JSON.parse(await workshop.savedLast(project)), block.where).toEqual(JSON.parse(text))
        })
      }
      if (mark!.has('output')) {
        tryIt(block, `the output of ${mark!.get('output')!}`, async () => {
          const output = await exitsWith(block, mark!.get('output')!, mark!.get('exit') ?? '0')
          const real = partOf(output, mark!.get('from'), Number(mark!.get('paragraphs') ?? Number.POSITIVE_INFINITY))
          if (UPDATE && comparable(real) !== comparable(text)) updates.push({ block, real })
          else expect(comparable(text), block.where).toBe(comparable(real))
        })
      }
    }
  })
})
