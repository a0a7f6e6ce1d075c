/** The package as its users get it: packed, installed into an empty project, and used as the README says. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis } from '../../scripts/redis.mjs'
import { blocksOf, patched } from '../docs/blocks.js'
import { command, GREEN } from './command.js'
import { installedProject, type Project, REPOSITORY } from './project.js'

const LIMIT = 120_000
/** Installs from a registry, and from an empty cache at worst. */
const INSTALL_LIMIT = 300_000

let project: Project
beforeAll(async () => {
  project = await installedProject()
}, INSTALL_LIMIT)
afterAll(() => project?.remove())

/** A program of our own devDependencies, run in the user's project. */
const ours = (script: string, ...args: string[]) =>
  command(process.execPath, [join(REPOSITORY, 'node_modules', script), ...args], project.folder)

describe('the tarball', { timeout: LIMIT }, () => {
  it('is well formed, says publint', async () => {
    expect(await ours('publint/src/cli.js', 'run', project.tarball, '--strict')).toMatchObject({ code: GREEN })
  })

  it('has types that resolve as its code does, says attw', async () => {
    expect(await ours('@arethetypeswrong/cli/dist/index.js', project.tarball, '--profile', 'esm-only')).toMatchObject({ code: GREEN })
  })

  it('ships what it needs and nothing else', async () => {
    const { output } = await command('tar', ['-tzf', project.tarball], project.folder)
    const files = output.trim().split('\n')
    expect(files).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/dist/src/cli/main.js',
        'package/dist/src/report/formats/html/page/client.js',
        'package/dist/src/report/formats/html/page/page.css',
        'package/dist/src/report/formats/html/page/timeline.css',
        'package/docs/rules.md',
        'package/src/index.ts',
        'package/schema/report-v1.schema.json',
      ]),
    )
    expect(
      files.filter(
        (file) =>
          !/^package\/(?:dist|src|scenarios|schema)\/|^package\/docs\/[\w./-]+\.md$|^package\/(?:package\.json|LICENSE|(?:README|CHANGELOG)\.md)$/.test(
            file,
          ),
      ),
    ).toEqual([])
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([])
  })

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('type-checks in a project of module %s and resolution %s', async (module, moduleResolution) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ['node'],
    }
    const configOf = (name: string) => join(project.folder, `tsconfig.${moduleResolution}.${name}.json`)
    const check = async (name: string, skipLibCheck: boolean, files: readonly string[]) => {
      await writeFile(configOf(name), JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck }, files }))
      return ours('typescript/bin/tsc', '-p', configOf(name))
    }
    // Every declaration of ours is looked into here …
    expect(await check('core', false, ['tailrace.config.ts', 'src/reference.ts', 'src/by-hand.ts'])).toEqual({ code: GREEN, output: '' })
    // … and here only what we use of vitest, whose own declarations do not stand up to it.
    expect(await check('vitest', true, ['redis-stream-repository.test.ts'])).toEqual({ code: GREEN, output: '' })
  })

  it('loads neither vitest nor Testcontainers nor what renders reports when it is imported', async () => {
    const hook = `export const resolve = (name, context, next) => {
      if (/^(?:vitest|@testcontainers|preact)/.test(name)) throw new Error('loaded ' + name)
      return next(name, context)
    }`
    const script = `
      import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))
      await import('tailrace')
      await import('tailrace/ioredis')
      await import('tailrace/testing')
      await import('tailrace/wire')
      console.log(await import('tailrace/vitest').catch((error) => error.message))`
    const outcome = await command(process.execPath, ['--input-type=module', '--eval', script], project.folder)
    // The last line shows that the hook would have told.
    expect(outcome).toEqual({ code: GREEN, output: 'loaded vitest\n' })
  })

  it('renders the HTML report with what it ships', async () => {
    const script = `
      const { toHtml } = await import('./node_modules/tailrace/dist/src/report/formats/html/index.js')
      const html = await toHtml({ version: 1, tailrace: '0', seed: 1, subjects: [], ms: 0 })
      console.log(html.startsWith('<!doctype html>'), html.includes('content-visibility'), html.includes('ArrowDown'))`
    const outcome = await command(process.execPath, ['--input-type=module', '--eval', script], project.folder)
    expect(outcome).toEqual({ code: GREEN, output: 'true true true\n' })
  })

  it('prints its version and its help', async () => {
    const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }
    expect(await command('npx', ['tailrace', '--version'], project.folder)).toMatchObject({
      code: GREEN,
      output: expect.stringContaining(version),
    })
    expect(await command('npx', ['tailrace', '--help'], project.folder)).toMatchObject({
      code: GREEN,
      output: expect.stringContaining('run'),
    })
  })
})

describe.skipIf(!hasRedis())('a user of the tarball', { timeout: LIMIT }, () => {
  it('runs it from the command line with five lines of configuration', async () => {
    expect(await command('npx', ['tailrace', 'run'], project.folder)).toMatchObject({ code: GREEN })
  })

  it('runs it from vitest with one call', async () => {
    const { code, output } = await command('npx', ['vitest', 'run'], project.folder)
    expect({ code, output }).toMatchObject({ code: GREEN, output: expect.stringMatching(/Tests\s+\d+ passed/) })
  })

  it('follows the tutorial: red, and green after the change that it shows', async () => {
    const blocks = blocksOf('docs/tutorial.md', await readFile(join(REPOSITORY, 'docs/tutorial.md'), 'utf8'))
    const written = (language: string, file: string) =>
      blocks.find((block) => block.language === language && block.mark?.get('file') === file)!.text
    const folder = join(project.folder, 'tutorial')
    const consumer = join(folder, 'src/task-events.ts')
    await mkdir(join(folder, 'src'), { recursive: true })
    await writeFile(join(folder, 'tailrace.config.ts'), written('ts', 'tailrace.config.ts'))
    await writeFile(consumer, written('ts', 'src/task-events.ts'))
    const red = await command('npx', ['tailrace', 'run', '--scenario', 'empty-gap'], folder)
    expect(red).toMatchObject({ code: 1, output: expect.stringContaining('s1 at 1-0 never delivered   unseen @empty-gap') })
    const [replay] = /\.tailrace\/empty-gap-\w+\.json/.exec(red.output)!
    await writeFile(consumer, patched(await readFile(consumer, 'utf8'), written('diff', 'src/task-events.ts')))
    expect(await command('npx', ['tailrace', 'replay', replay], folder)).toMatchObject({ code: GREEN })
    expect(await command('npx', ['tailrace', 'run', '--profile', 'ci', '--junit', 'junit.xml'], folder)).toMatchObject({ code: GREEN })
  })
})
