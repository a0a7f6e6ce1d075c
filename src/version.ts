import { readFileSync } from 'node:fs'

/** The package's own version. Two places up from the compiled file, one from the source. */
export const version: string = readVersion(['../../package.json', '../package.json'])

function readVersion([next, ...others]: readonly string[]): string {
  if (next === undefined) return '0.0.0'
  try {
    const data = JSON.parse(readFileSync(new URL(next, import.meta.url), 'utf8')) as { name?: string; version: string }
    if (data.name === 'tailrace') return data.version
  } catch {
    // Not there: the other place.
  }
  return readVersion(others)
}
