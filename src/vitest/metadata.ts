/** How a result gets from the process that runs a test to the one that reports it: with the metadata of its suite, as JSON. */
import { toJson } from '../report/formats/json.js'
import type { SuiteResult } from '../report/result.js'

const KEY = 'tailrace'

/** Suites are nested: each `describe` has one result at most. */
export function attachResult(task: { readonly meta: object }, suite: SuiteResult): void {
  Object.assign(task.meta, { [KEY]: JSON.parse(toJson(suite)) as unknown })
}

/** None, or one. */
export const resultsOf = (meta: object): readonly unknown[] => (KEY in meta ? [meta[KEY]] : [])
