/**
 * What the repository promises about itself: folders depend on each other downwards only, no files in a circle, few files are slices of
 * another, time and chance come from one place each, ARCHITECTURE.md says what there is, and nothing in the text ties it to the machine
 * that it was written on. That functions stay short is a rule of .oxlintrc.json.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** From the top: a folder imports those below it, and from its own level types only. */
const LEVELS: readonly (readonly string[])[] = [
  ['index'],
  ['cli', 'vitest'],
  ['testing', 'kit'],
  ['run'],
  ['search'],
  ['report'],
  ['stage'],
  ['sources'],
  ['dialects', 'adapters', 'consumers', 'subject', 'scenarios'],
  ['oracle'],
  ['schedule', 'history', 'model'],
  ['contract', 'clock', 'random', 'version'],
]

/** Code that a folder may take from one beside it: never in both directions. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  dialects: ['adapters'],
}

/** Packages that only these folders may import: the engine knows neither a test runner nor a command line. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  vitest: ['vitest'],
  commander: ['cli'],
  preact: ['report'],
  'preact-render-to-string': ['report'],
}

const CLOCK = 'src/clock/clock.ts'
const RANDOM = 'src/random/'
const TIME =
  /(?<![.\w'"`])(?:setTimeout|setInterval)\s*\(|globalThis\.set(?:Timeout|Interval)|\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\s*\)/
const CHANCE = /\bMath\.random\b/
const UNFINISHED = /\b(?:TOD[O]|FIXM[E]|XX[X])\b/
const MACHINE = /(?<![\w.*])\/(?:work|home|root|Users)\/[\w.-]/
const REGISTRY =
  /\bregistry\.[a-z-]+\.[a-z]+|\bnpmjs\.(?:org|com)|\bnpm\.pkg\.github|\byarnpkg\.com|\bjsr\.io|\bdeb\.debian\.org|\bpypi\.org/
/** Files of src that one other file imports: below this. Such a file is a slice of its importer unless a reader opens it for a reason of its own. */
const SINGLE_IMPORTERS = 40

interface Import {
  readonly from: string
  readonly typeOnly: boolean
}

/** Made, not written. In a worktree of git's `.git` is a file. */
const GENERATED = new Set(['.git', 'node_modules', 'dist', '.bench', 'coverage', '.tailrace'])

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (GENERATED.has(entry.name)) return []
    if (entry.isDirectory()) return filesIn(path)
    return entry.isFile() ? [relative(ROOT, path)] : []
  })
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const withoutComments = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<!:)\/\/.*$/gm, '')

function importsOf(source: string): Import[] {
  const text = withoutComments(source)
  const declared = /\b(?:import|export)\s+(type\s)?(?:(?:(?!\bimport\b|\bexport\b)[\w*{}\s,$])+?\sfrom\s+)?['"]([^'"]+)['"]/g
  const loaded = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
  return [
    ...[...text.matchAll(declared)].map((found) => ({ from: found[2]!, typeOnly: found[1] !== undefined })),
    ...[...text.matchAll(loaded)].map((found) => ({ from: found[1]!, typeOnly: false })),
  ]
}

/** The folder of the layout that a file belongs to: `src/dialects/store.ts` is of `store`. */
function folderOf(file: string): string {
  const parts = file.split('/')
  if (parts[0] === 'scenarios') return 'scenarios'
  return parts.length === 2 ? parts[1]!.replace(/\.(?:tsx?|js)$/, '') : parts[1]!
}

const levelOf = (folder: string) => LEVELS.findIndex((level) => level.includes(folder))

/** What is wrong with this import, if anything. */
function fault(file: string, { from, typeOnly }: Import): string | undefined {
  const folder = folderOf(file)
  if (levelOf(folder) < 0) return `${folder} is not in the layout`
  if (!from.startsWith('.')) {
    const owners = OWNERS[from.split('/')[0]!]
    return owners === undefined || owners.includes(folder) ? undefined : `${from} is for ${owners.join(', ')} only`
  }
  const target = relative(ROOT, join(ROOT, dirname(file), from))
  if (target === 'package.json') return undefined
  if (!/^(?:src|scenarios)\//.test(target)) return 'outside of src and scenarios'
  const other = folderOf(target)
  if (levelOf(other) < 0) return `${other} is not in the layout`
  if (other === folder || levelOf(other) > levelOf(folder)) return undefined
  if (levelOf(other) < levelOf(folder)) return `${other} is above ${folder}`
  return typeOnly || BESIDE[folder]?.includes(other) ? undefined : `${other} is beside ${folder}: only "import type"`
}

type Graph = ReadonlyMap<string, readonly string[]>

/** Which files each file imports, of those that there are. */
function graphOf(files: readonly string[], counts: (each: Import) => boolean, source: (file: string) => string = read): Graph {
  const known = new Set(files)
  const targets = (file: string, { from }: Import) => {
    const path = join(dirname(file), from).replace(/\.js$/, '')
    return [`${path}.ts`, `${path}.tsx`].filter((each) => from.startsWith('.') && known.has(each))
  }
  return new Map(
    files.map((file) => [
      file,
      importsOf(source(file))
        .filter(counts)
        .flatMap((each) => targets(file, each)),
    ]),
  )
}

const edgesOf = (graph: Graph) => [...graph].flatMap(([from, targets]) => targets.map((to) => [from, to] as const))

/** The file itself, and all that it imports, however far away. */
function reachable(graph: Graph, start: string): ReadonlySet<string> {
  const found = new Set([start])
  for (const file of found) for (const next of graph.get(file) ?? []) found.add(next)
  return found
}

/** Files of src with exactly one importer, and that one. */
function slices(graph: Graph, apart: ReadonlySet<string>): (readonly [string, string])[] {
  const importers = new Map<string, Set<string>>()
  for (const [from, to] of edgesOf(graph)) importers.set(to, (importers.get(to) ?? new Set()).add(from))
  return [...importers].flatMap(([file, its]) =>
    its.size === 1 && file.startsWith('src/') && !apart.has(file) ? [[file, [...its][0]!] as const] : [],
  )
}

/** What users import, and what they run. */
function entryPoints(): ReadonlySet<string> {
  const { exports, bin } = JSON.parse(read('package.json')) as {
    exports: Record<string, string | { default: string }>
    bin: Record<string, string>
  }
  const built = [...Object.values(bin), ...Object.values(exports).flatMap((each) => (typeof each === 'string' ? [] : [each.default]))]
  return new Set(built.map((file) => file.replace('./dist/', '').replace(/\.js$/, '.ts')))
}

const all = filesIn(ROOT)
const code = all.filter((file) => /^(?:src|scenarios)\/.*\.tsx?$/.test(file))
const texts = all.filter((file) => !/\.(?:tgz|tsbuildinfo|png|gif|ico|woff2)$/.test(file))

/** Every line that matches, as `file:line: text`. */
const matches = (files: readonly string[], pattern: RegExp, clean = (text: string) => text) =>
  files.flatMap((file) =>
    clean(read(file))
      .split('\n')
      .flatMap((line) => (pattern.test(line) ? [`${file}: ${line.trim().slice(0, 160)}`] : [])),
  )

describe('the structure', () => {
  it('has folders that depend on each other downwards only', () => {
    const faults = code.flatMap((file) =>
      importsOf(read(file)).flatMap((each) => {
        const why = fault(file, each)
        return why === undefined ? [] : [`${file} imports ${each.from}: ${why}`]
      }),
    )
    expect(faults).toEqual([])
  })

  it('has no files that import each other in a circle, but for types within one folder', () => {
    const loading = graphOf(code, ({ typeOnly }) => !typeOnly)
    const all = graphOf(code, () => true)
    const circular = (graph: Graph, [from, to]: readonly [string, string]) => reachable(graph, to).has(from)
    expect(edgesOf(loading).filter((edge) => circular(loading, edge))).toEqual([])
    expect(edgesOf(all).filter(([from, to]) => folderOf(from) !== folderOf(to) && circular(all, [from, to]))).toEqual([])
  })

  it('has few files that are slices of another', () => {
    const single = slices(
      graphOf(code, () => true),
      entryPoints(),
    )
    const list = single.map(([file, importer]) => `${file} is imported by ${importer} alone`).join('\n')
    expect(single.length, list).toBeLessThan(SINGLE_IMPORTERS)
  })

  it('is described in ARCHITECTURE.md, folder by folder', () => {
    const [, flow, folders] = read('ARCHITECTURE.md').split(/^## /m) as [string, string, string]
    const rows = folders.split('\n').flatMap((line) => /^\| `(?:src\/)?([a-z]+)` +\| (.*) \|$/.exec(line)?.slice(1) ?? [])
    const named = rows.filter((_, i) => i % 2 === 0)
    expect(named).toEqual(LEVELS.flat().filter((folder) => folder !== 'index' && folder !== 'version'))
    expect(rows.filter((sentence, i) => i % 2 === 1 && !/\.\s*$/.test(sentence))).toEqual([])
    const drawn = [...flow.matchAll(/\bsrc\/([a-z]+)/g)].map(([, folder]) => folder!)
    expect(drawn.filter((folder) => !named.includes(folder))).toEqual([])
  })

  it('is where ARCHITECTURE.md and CONTRIBUTING.md say that it is', () => {
    const paths = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((file) =>
      [...read(file).matchAll(/`((?:src|scenarios|test|docs|examples|bench|schema|scripts)\/[\w./-]*)`/g)].map(([, path]) => path!),
    )
    // A `name` stands for that of a project.
    expect(paths.filter((path) => !path.endsWith('/name') && !existsSync(join(ROOT, path)))).toEqual([])
    expect(paths.length).toBeGreaterThan(20)
  })

  it('takes time from one module and chance from another', () => {
    const others = code.filter((file) => file !== CLOCK)
    expect(matches(others, TIME, withoutComments)).toEqual([])
    expect(
      matches(
        others.filter((file) => !file.startsWith(RANDOM)),
        CHANCE,
        withoutComments,
      ),
    ).toEqual([])
  })

  it('leaves nothing marked as unfinished', () => {
    expect(
      matches(
        all.filter((file) => /\.(?:tsx?|m?js|css|sh|md)$/.test(file)),
        UNFINISHED,
      ),
    ).toEqual([])
  })

  it('has a lockfile that names no place to download from', () => {
    expect(matches(['package-lock.json'], /"resolved"/)).toEqual([])
  })

  it('has a lockfile that is complete for every platform, else npm ci refuses it (npm run lock)', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    expect(wanted.filter((name) => !locked.has(name))).toEqual([])
  })

  it('names no machine and no registry', () => {
    expect(matches(texts, MACHINE)).toEqual([])
    expect(matches(texts, REGISTRY)).toEqual([])
  })
})

describe('its checks', () => {
  it.each([
    ['src/oracle/a.ts', "import { run } from '../run/run.js'", 'run is above oracle'],
    ['src/oracle/a.ts', "import type { Run } from '../run/run.js'", 'run is above oracle'],
    ['src/dialects/a.ts', "import { b } from '../subject/b.js'", 'subject is beside dialects: only "import type"'],
    ['src/dialects/a.ts', "export {\n  b,\n  type C,\n} from '../subject/b.js'", 'subject is beside dialects: only "import type"'],
    ['src/dialects/a.ts', "const b = await import('../subject/b.js')", 'subject is beside dialects: only "import type"'],
    ['src/dialects/a.ts', "import '../subject/b.js'", 'subject is beside dialects: only "import type"'],
    ['src/cli/main.ts', "import { defineConfig } from '../index.js'", 'index is above cli'],
    ['src/engine/a.ts', "import { a } from '../contract/a.js'", 'engine is not in the layout'],
    ['src/run/a.ts', "import { it } from 'vitest'", 'vitest is for vitest only'],
    ['src/run/a.ts', "import { a } from '../../test/a.js'", 'outside of src and scenarios'],
  ])('see in %s what is wrong with %s', (file, source, why) => {
    expect(importsOf(source).map((each) => fault(file, each))).toEqual([why])
  })

  it.each([
    ['src/dialects/a.ts', "import type { B } from '../subject/b.js'"],
    ['src/dialects/a.ts', "import { b } from './b.js'"],
    ['src/dialects/a.ts', "import { b } from '../adapters/b.js'"],
    ['src/dialects/a.ts', "import { type B, b } from '../model/b.js'"],
    ['src/index.ts', "export { a } from './cli/a.js'"],
    ['src/run/a.ts', "import { all } from '../../scenarios/index.js'"],
    ['src/vitest/index.ts', "import { it } from 'vitest'"],
    ['src/dialects/redis/a.ts', "import { a } from '../a.js'"],
  ])('let pass in %s: %s', (file, source) => {
    expect(importsOf(source)).toHaveLength(1)
    expect(importsOf(source).map((each) => fault(file, each))).toEqual([undefined])
  })

  it('see a circle, and tell what only types close from what code does', () => {
    const sources: Readonly<Record<string, string>> = {
      'src/a/a.ts': "import { b } from '../b/b.js'",
      'src/b/b.ts': "import type { A } from '../a/a.js'\nimport { c } from './c.js'",
      'src/b/c.ts': "import { b } from './b.js'",
    }
    const graph = (counts: (each: Import) => boolean) => graphOf(Object.keys(sources), counts, (file) => sources[file]!)
    const loading = graph(({ typeOnly }) => !typeOnly)
    expect(edgesOf(loading).filter(([from, to]) => reachable(loading, to).has(from))).toEqual([
      ['src/b/b.ts', 'src/b/c.ts'],
      ['src/b/c.ts', 'src/b/b.ts'],
    ])
    const all = graph(() => true)
    expect(reachable(all, 'src/b/b.ts').has('src/a/a.ts')).toBe(true)
    expect(slices(all, new Set(['src/a/a.ts']))).toEqual([['src/b/c.ts', 'src/b/b.ts']])
  })

  it('see time and chance, and let comments and names pass', () => {
    for (const source of [
      'setTimeout(f, 1)',
      'globalThis.setTimeout(f)',
      'setInterval (f)',
      'Date.now()',
      'performance.now()',
      'new Date()',
    ]) {
      expect(withoutComments(source)).toMatch(TIME)
    }
    expect('x = Math.random()').toMatch(CHANCE)
    for (const source of ["['setTimeout']", '// calls setTimeout(f)', '/* Date.now() */', 'clock.setTimeout(f)', 'new Date(1)']) {
      expect(withoutComments(source)).not.toMatch(TIME)
    }
  })
})
