/** A packed tarball, and an empty project of a user that installs it; both outside of the repository. */
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { command, GREEN } from './command.js'

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const USER_FILES = join(REPOSITORY, 'test/package/user')

export interface Project {
  readonly folder: string
  readonly tarball: string
  remove(): Promise<void>
}

/** The project has the files of test/package/user, the tarball, and what a user would install next to it. */
export async function installedProject(): Promise<Project> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-package-')))
  const remove = () => rm(base, { recursive: true, force: true })
  try {
    const tarball = await pack(base)
    return { folder: await install(base, tarball), tarball, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function install(base: string, tarball: string): Promise<string> {
  const folder = join(base, 'project')
  await cp(USER_FILES, folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ name: 'user', private: true, type: 'module' }, null, 2)}\n`)
  const { devDependencies } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const beside = ['ioredis', 'vitest', '@types/node'].map((name) => `${name}@${devDependencies[name]}`)
  await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--save-exact', tarball, ...beside], folder)
  return folder
}

/** Packs a copy, so that the build that packing brings with it does not take dist/ from under other tests. */
async function pack(base: string): Promise<string> {
  const copy = join(base, 'copy')
  await mkdir(copy)
  const left = new Set(['node_modules', 'dist', 'coverage', '.git', '.tailrace'])
  for (const name of await readdir(REPOSITORY)) {
    if (!left.has(name)) await cp(join(REPOSITORY, name), join(copy, name), { recursive: true })
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'))
  await succeed('npm', ['pack', '--pack-destination', base], copy)
  const tarball = (await readdir(base)).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball')
  return join(base, tarball)
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await command(program, args, cwd)
  if (code !== GREEN) throw new Error(`${program} ${args.join(' ')} gave ${code}\n${output}`)
}
