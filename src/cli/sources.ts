/** Where annotations go: at the file that a subject names, else where the configuration names the subject. */
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { SourcePlace, SubjectResult } from '../report/result.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { UsageError } from './errors.js'

/** @throws UsageError where the file that a subject names is not there. */
export async function sourceOf(
  { name, file }: Pick<SubjectDefinition, 'name' | 'file'>,
  config: string,
  cwd: string,
): Promise<SourcePlace> {
  const path = file === undefined ? config : resolve(cwd, file)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`subject "${name}": its file ${file} cannot be read (${error.code ?? error.message})`)
  })
  return { file: relative(cwd, path).replaceAll('\\', '/'), line: lineOf(text, name) }
}

/** A declaration of that name, or the name in quotes; else the first line. */
function lineOf(text: string, name: string): number {
  const declares = new RegExp(`\\b(?:class|function|const) ${name.replace(/\W/g, '\\$&')}(?!\\w)`)
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``]
  const lines = text.split('\n')
  const at = lines.findIndex((line) => declares.test(line))
  const named = lines.findIndex((line) => quoted.some((each) => line.includes(each)))
  return Math.max(0, at === -1 ? named : at) + 1
}

/** The result, with its source. */
export const withSource = (result: SubjectResult, sources: ReadonlyMap<string, SourcePlace>): SubjectResult => {
  const source = sources.get(result.name)
  return source === undefined ? result : { ...result, source }
}
