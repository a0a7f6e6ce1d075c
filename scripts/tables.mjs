// Writes the tables of the documentation that are made from the code, as built, into their pages.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './binary.mjs'

const built = (file) => import(new URL(`../dist/src/${file}`, import.meta.url).href)
const { catalogue } = await built('oracle/anomaly.js')
const { anomaliesTable } = await built('report/formats/docs.js')

const page = join(root, 'docs/reading-a-failure.md')
const text = readFileSync(page, 'utf8')
const start = text.indexOf('\n| code ', text.indexOf('\n## Every anomaly\n')) + 1
if (start === 0) throw new Error(`${page} has no table of anomalies`)
const end = start + /^(?:\|.*\n)*/.exec(text.slice(start))[0].length
writeFileSync(page, `${text.slice(0, start)}${anomaliesTable(catalogue)}${text.slice(end)}`)
