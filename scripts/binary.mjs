// Where things are: the repository, the programs of its devDependencies, and those of the machine.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The script behind the program `name` of an installed package; undefined where the package is not installed. */
export function binary(packageName, name) {
  const folder = join(root, 'node_modules', packageName)
  if (!existsSync(join(folder, 'package.json'))) return undefined
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

/** Is there a program of this name on the PATH? */
export function onPath(name) {
  return whereOnPath(name) !== undefined
}

/** The file of the program of this name; undefined where there is none. */
export function whereOnPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
