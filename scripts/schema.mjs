// Writes schema/report-v1.schema.json from src/report/report-schema.ts, as built. `--print` writes it to the standard output.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { root } from './binary.mjs'

const { definitions, reportSchema, REPORT_VERSION } = await import(new URL('../dist/src/report/report-schema.js', import.meta.url).href)

const { $schema, $defs, ...shape } = toJsonSchema(reportSchema, {
  target: 'draft-07',
  definitions,
  // Ids are checked by code, and a payload may be any JSON.
  ignoreActions: ['check'],
  overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? {} : undefined),
})

const schema = {
  $schema,
  title: 'Report of tailrace',
  description: `What "tailrace run --reporter json" writes, version ${REPORT_VERSION}.`,
  ...shape,
  definitions: $defs,
}
const text = `${JSON.stringify(schema, null, 2).replaceAll('#/$defs/', '#/definitions/')}\n`
if (process.argv.includes('--print')) process.stdout.write(text)
else {
  mkdirSync(join(root, 'schema'), { recursive: true })
  writeFileSync(join(root, `schema/report-v${REPORT_VERSION}.schema.json`), text)
}
