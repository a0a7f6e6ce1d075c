/**
 * Where the blocks of the documentation are tried: a temporary folder that looks like a user's, with tailrace among its
 * installed packages. Each project in it is one folder: the fixtures of that name, and the blocks that name a file.
 */
import { accessSync, constants, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outcome, command } from '../package/command.js'

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const FIXTURES = join(ROOT, 'test/docs/fixtures')
const MAIN = join(ROOT, 'dist/src/cli/main.js')
/** Installed beside tailrace, as its users have them. */
const BESIDE = ['ioredis', 'vitest', '@types/node']

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

const COMPILER_OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}

export class Workshop {
  readonly #projects = new Map<string, Promise<string>>()

  private constructor(readonly folder: string) {}

  static async open(): Promise<Workshop> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-docs-')))
    await writeFile(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n')
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['**/*.ts'] }))
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
    await symlink(ROOT, join(folder, 'node_modules/tailrace'))
    for (const name of BESIDE) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
    return new Workshop(folder)
  }

  /** The folder of a project, with its fixtures in it. */
  project(name: string): Promise<string> {
    const known = this.#projects.get(name)
    if (known !== undefined) return known
    const made = this.#make(name)
    this.#projects.set(name, made)
    return made
  }

  async #make(name: string): Promise<string> {
    const folder = join(this.folder, name)
    await mkdir(folder, { recursive: true })
    const names = await readdir(FIXTURES)
    if (names.includes(name)) await cp(join(FIXTURES, name), folder, { recursive: true })
    return folder
  }

  async write(project: string, file: string, text: string): Promise<void> {
    const path = join(await this.project(project), file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${text}\n`)
  }

  typeCheck(): Promise<Outcome> {
    return command(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(this.folder, 'tsconfig.json')], this.folder)
  }

  /** One command of a shell block. */
  async run(project: string, line: string): Promise<Outcome> {
    const folder = await this.project(project)
    const [set = '', name = '', value = ''] = /^(TAILRACE_\w+)=(\S+) /.exec(line) ?? []
    const env = set === '' ? {} : { [name]: value }
    const [program, ...args] = wordsOf(await this.#filledIn(folder, line.slice(set.length))) as [string, ...string[]]
    if (program === 'npx' && args[0] === 'tailrace') return command(process.execPath, [MAIN, ...args.slice(1)], folder)
    if (program === 'npx' && args[0] === 'vitest')
      return command(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args.slice(1)], folder, env)
    if (program === 'node' && args[0] === '--test') return command(process.execPath, args, folder)
    if (program === 'npm') return this.#npm(folder, args)
    if (program.startsWith('.') && args.length === 0) return isProgram(join(ROOT, program))
    throw new Error(`do not know how to try "${line}": see CONTRIBUTING.md, "Documentation that is tried"`)
  }

  /** What brings or builds packages, or runs these tests, is not run here: it has to exist. */
  async #npm(folder: string, args: readonly string[]): Promise<Outcome> {
    const [verb, ...rest] = args
    if (verb === 'ci') return isThere(join(ROOT, 'package-lock.json'))
    if (verb === 'init' || verb === 'pkg')
      return { code: ['init --yes', 'pkg set type=module'].includes(args.join(' ')) ? 0 : 1, output: '' }
    if (verb === 'install') return { code: rest.every((each) => /^(?:--save-dev|tailrace|ioredis|vitest)$/.test(each)) ? 0 : 1, output: '' }
    const script = verb === 'run' ? rest[0]! : verb!
    const does = scripts[script]
    if (does === undefined) return { code: 1, output: `package.json has no script "${script}"` }
    // Without its build: other tests are using dist/.
    const demo = /&& node (dist\/src\/cli\/main\.js demo)$/.exec(does)?.[1]
    return demo === undefined ? { code: 0, output: '' } : command(process.execPath, [MAIN, 'demo'], folder)
  }

  /** `<file>` stands for the replay file that was saved last. */
  async #filledIn(folder: string, line: string): Promise<string> {
    return line.includes('<file>') ? line.replace('<file>', basename(await newestReplay(folder), '.json')) : line
  }

  /** The text of the replay file that was saved last. */
  async savedLast(project: string): Promise<string> {
    return readFile(await newestReplay(await this.project(project)), 'utf8')
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

/** As a shell takes them apart, as far as the documentation needs it. */
const wordsOf = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)

async function newestReplay(folder: string): Promise<string> {
  const files = (await readdir(join(folder, '.tailrace'))).map((name) => join(folder, '.tailrace', name))
  const aged = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })))
  const newest = aged.sort((a, b) => b.at - a.at)[0]
  if (newest === undefined) throw new Error(`no replay file was saved in ${folder}`)
  return newest.file
}

async function isThere(path: string): Promise<Outcome> {
  return stat(path).then(
    () => ({ code: 0, output: '' }),
    (error: Error) => ({ code: 1, output: error.message }),
  )
}

function isProgram(path: string): Outcome {
  try {
    accessSync(path, constants.X_OK)
    return { code: 0, output: '' }
  } catch (error) {
    return { code: 1, output: (error as Error).message }
  }
}
