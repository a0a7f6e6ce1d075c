/**
 * The timelines in docs/analyses are output of the gallery: a block that is marked
 * `<!-- test: gallery="package / what / trial" paragraphs=4 -->` holds so many paragraphs of what the trial says.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { type Block, blocksOf, comparable, partOf } from '../../test/docs/blocks.js'
import type { TrialResult } from './judge.js'

const FOLDER = new URL('../../docs/analyses/', import.meta.url)

const nameOf = (result: TrialResult): string => `${result.package} / ${result.what} / ${result.name}`

/** What is wrong with blocks of the packages that were judged, a line each. With `TAILRACE_UPDATE_DOCS=1` they are mended. */
export function compareDocs(results: readonly TrialResult[]): readonly string[] {
  const packages = new Set(results.map((result) => result.package))
  return readdirSync(FOLDER).flatMap((file) => {
    const blocks = blocksOf(`docs/analyses/${file}`, read(file)).filter(({ mark }) => mark?.has('gallery'))
    return blocks.filter(({ mark }) => packages.has(mark!.get('gallery')!.split(' / ')[0]!)).flatMap((block) => fault(file, block, results))
  })
}

function fault(file: string, block: Block, results: readonly TrialResult[]): readonly string[] {
  const name = block.mark!.get('gallery')!
  const result = results.find((each) => nameOf(each) === name)
  if (result === undefined) return [`${block.where}: there is no trial "${name}" in this run`]
  const real = partOf(result.report, undefined, Number(block.mark!.get('paragraphs') ?? Number.POSITIVE_INFINITY))
  if (comparable(real) === comparable(block.text)) return []
  if (process.env['TAILRACE_UPDATE_DOCS'] !== '1') return [`${block.where}: "${name}" now says\n\n${real}\n`]
  writeFileSync(
    new URL(file, FOLDER),
    read(file).replace(`\n${block.text}\n`, () => `\n${real}\n`),
  )
  return []
}

const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8')
