// Writes the tables of the documentation that are made from the code, as built, into their pages.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './binary.mjs'

const built = (file) => import(new URL(`../dist/src/${file}`, import.meta.url).href)
const { catalogue } = await built('oracle/anomaly.js')
const { culprits } = await built('oracle/catalogue/culprits.js')
const { redisWords } = await built('dialects/redis/words.js')
const { anomaliesTable, culpritsTable, notToldTable } = await built('report/formats/docs.js')

const { NOT_TOLD } = await built('kit/mutants/index.js')

write('docs/reading-a-failure.md', '\n## Every anomaly\n', '| code ', anomaliesTable(catalogue))
write('docs/reading-a-failure.md', '\n## Every culprit\n', '| culprit ', culpritsTable(culprits, redisWords))
write('docs/writing-an-adapter.md', '\n### What it cannot tell\n', '| mutant ', notToldTable(NOT_TOLD))

/** Puts a table in the place of the one that begins so, below this heading. */
function write(file, heading, head, table) {
  const page = join(root, file)
  const text = readFileSync(page, 'utf8')
  const start = text.indexOf(`\n${head}`, text.indexOf(heading)) + 1
  if (start === 0) throw new Error(`${page} has no table that begins with "${head}"`)
  const end = start + /^(?:\|.*\n)*/.exec(text.slice(start))[0].length
  writeFileSync(page, `${text.slice(0, start)}${table}${text.slice(end)}`)
}
