/** The version of a package that is installed here: what is claimed, is claimed of that. */
import { readFileSync } from 'node:fs'

export function versionOf(name: string): string {
  const manifest = readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
