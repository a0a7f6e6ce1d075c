/** Scenarios of the user's own, wherever they are: in the configuration, and in the modules that `--schedule` names. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type OwnScenarios, ownScenarios } from '../run/own-scenarios.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import { importUserFile } from './config-file.js'
import { UsageError } from './errors.js'

/**
 * Those of the configuration first, then file by file.
 * @throws UsageError or ScheduleError, which say what is wrong with which file; ConfigError where one does not load.
 */
export async function loadScenarios(
  config: { readonly scenarios: Config['scenarios']; readonly where: string } | undefined,
  files: readonly string[] = [],
): Promise<readonly Scenario[]> {
  const all: OwnScenarios[] = config?.scenarios === undefined ? [] : [{ where: config.where, given: config.scenarios }]
  for (const file of files) all.push({ where: file, given: await exportOf(file) })
  return ownScenarios(all)
}

async function exportOf(file: string): Promise<unknown> {
  const path = resolve(process.cwd(), file)
  if (!existsSync(path)) throw new UsageError(`${file} does not exist (--schedule)`)
  const { default: given } = (await importUserFile(path, file)) as { readonly default?: unknown }
  if (given === undefined)
    throw new UsageError(`${file} has no default export: expected export default scenario(name, { summary, steps }), or a list of these`)
  if (Array.isArray(given) && given.length === 0) throw new UsageError(`${file} exports an empty list: there is no scenario in it`)
  return given
}

/** The one of this name. @throws UsageError that names those of the user's own. */
export function chooseScenarios(
  names: readonly string[],
  {
    builtIn,
    own,
    of = '',
    list,
  }: { readonly builtIn: readonly Scenario[]; readonly own: readonly Scenario[]; readonly of?: string; readonly list: string },
): readonly Scenario[] {
  return names.map((name) => {
    const found = [...builtIn, ...own].find((each) => each.name === name)
    if (found !== undefined) return found
    const others =
      own.length === 0 ? '' : `; of your own there ${own.length === 1 ? 'is' : 'are'} ${own.map((each) => each.name).join(', ')}`
    throw new UsageError(`no scenario ${of}is called "${name}" (${list} shows them all)${others}`)
  })
}
