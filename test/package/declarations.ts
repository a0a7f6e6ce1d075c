/**
 * What an entry point exports, read off the declarations that its users get: each name with its docstring, and the types that its
 * signature mentions, followed to the files that declare them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Comment, type ParseResult, parseSync } from 'oxc-parser'
import { REPOSITORY } from './project.js'

/** Where something is declared: `dist/src/schedule/step.d.ts`, `AppendStep`. The file is a package's name where it is not ours. */
export interface Origin {
  readonly file: string
  readonly name: string
}

export interface Exported {
  /** As users import it. */
  readonly name: string
  readonly origin: Origin
  /** The comment right before it, without its stars; undefined where there is none. */
  readonly docstring: string | undefined
  /** The types of ours that its declaration mentions. */
  readonly mentions: readonly Origin[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Declaration {
  readonly node: Node
  readonly docstring: string | undefined
}

interface Module {
  readonly parsed: ParseResult
  /** What the file itself declares. An overloaded function has several. */
  readonly declared: ReadonlyMap<string, readonly Declaration[]>
  /** Local names that come from elsewhere. */
  readonly imported: ReadonlyMap<string, Origin>
}

export const keyOf = ({ file, name }: Origin): string => `${file}#${name}`

/** The exports of a file of declarations, sorted by name. */
export function exportsOf(file: string): readonly Exported[] {
  return namesOf(file)
    .map((name) => {
      const origin = originOf(file, name)
      if (!isOurs(origin)) throw new Error(`${file} exports ${name} of ${origin.file}: only what tailrace declares is read here`)
      const declarations = moduleOf(origin.file).declared.get(origin.name) ?? []
      const docstring = declarations.map((each) => each.docstring).find((text) => text !== undefined)
      const mentions = declarations.flatMap(({ node }) => mentionsIn(origin.file, node))
      return { name, origin, docstring, mentions: mentions.filter((each) => keyOf(each) !== keyOf(origin)) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const isOurs = ({ file }: Origin): boolean => file.endsWith('.d.ts')

const modules = new Map<string, Module>()

function moduleOf(file: string): Module {
  const known = modules.get(file)
  if (known !== undefined) return known
  const text = readFileSync(join(REPOSITORY, file), 'utf8')
  const parsed = parseSync(file, text)
  if (parsed.errors.length > 0) throw new Error(`${file}: ${parsed.errors[0]!.message}`)
  const declared = new Map<string, Declaration[]>()
  for (const statement of parsed.program.body as unknown as readonly Node[]) {
    const node = /^Export(?:Named|Default)Declaration$/.test(statement.type) ? (statement['declaration'] as Node | null) : statement
    if (node === null || node === undefined) continue
    const docstring = docstringBefore(statement.start, parsed.comments, text)
    for (const name of declaredBy(node)) declared.set(name, [...(declared.get(name) ?? []), { node, docstring }])
    if (statement.type === 'ExportDefaultDeclaration') declared.set('default', [{ node, docstring }])
  }
  const imported = new Map<string, Origin>()
  for (const { moduleRequest, entries } of parsed.module.staticImports) {
    for (const { importName, localName } of entries)
      imported.set(localName.value, { file: resolved(file, moduleRequest.value), name: importName.name ?? importName.kind })
  }
  const module = { parsed, declared, imported }
  modules.set(file, module)
  return module
}

function declaredBy(node: Node): readonly string[] {
  if (node.type === 'VariableDeclaration') return (node['declarations'] as { id: { name: string } }[]).map(({ id }) => id.name)
  const id = node['id'] as { name?: string } | null | undefined
  return id?.name === undefined ? [] : [id.name]
}

/** Only white space may lie between the comment and what it speaks of. */
function docstringBefore(start: number, comments: readonly Comment[], text: string): string | undefined {
  const comment = comments.findLast(({ end }) => end <= start)
  if (comment?.type !== 'Block' || !comment.value.startsWith('*') || text.slice(comment.end, start).trim() !== '') return undefined
  return comment.value.replaceAll(/^\s*\*+ ?/gm, '').trim()
}

/** A module specifier as the file that it means, or the package. */
function resolved(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  const file = relative(REPOSITORY, join(REPOSITORY, dirname(from), specifier.replace(/\.js$/, '.d.ts')))
  if (!existsSync(join(REPOSITORY, file))) throw new Error(`${from} imports ${specifier}, which there is not`)
  return file
}

/** Undefined for `*`. */
const nameOf = ({ kind, name }: { readonly kind: string; readonly name: string | null }): string | undefined =>
  kind === 'Default' ? 'default' : (name ?? undefined)

function namesOf(file: string): readonly string[] {
  return moduleOf(file).parsed.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, moduleRequest }) => {
      const name = nameOf(exportName)
      if (name !== undefined) return [name]
      if (moduleRequest === null) return []
      throw new Error(`${file} exports all of ${moduleRequest.value}: name what is public`)
    }),
  )
}

/** Follows a name that a file exports to the place that declares it. */
function originOf(file: string, name: string): Origin {
  for (const { entries } of moduleOf(file).parsed.module.staticExports) {
    for (const { exportName, importName, localName, moduleRequest } of entries) {
      if (nameOf(exportName) !== name) continue
      if (moduleRequest !== null) return followed({ file: resolved(file, moduleRequest.value), name: importName.name ?? name })
      return local(file, localName.name ?? name)
    }
  }
  const [all] = wholesOf(file).filter((module) => declares(module, name))
  if (all === undefined) throw new Error(`${file} exports no ${name}`)
  return originOf(all, name)
}

/** The modules of ours that a file exports as a whole. */
const wholesOf = (file: string): readonly string[] =>
  moduleOf(file).parsed.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, moduleRequest }) =>
      nameOf(exportName) === undefined && moduleRequest !== null ? [resolved(file, moduleRequest.value)] : [],
    ),
  )

const declares = (file: string, name: string): boolean =>
  moduleOf(file).parsed.module.staticExports.some(({ entries }) => entries.some(({ exportName }) => nameOf(exportName) === name)) ||
  wholesOf(file).some((module) => declares(module, name))

const followed = (origin: Origin): Origin => (isOurs(origin) ? originOf(origin.file, origin.name) : origin)

/** A name as a file uses it. */
function local(file: string, name: string): Origin {
  const { declared, imported } = moduleOf(file)
  if (declared.has(name)) return { file, name }
  const from = imported.get(name)
  return from === undefined ? { file: 'global', name } : followed(from)
}

/**
 * The types of ours that a declaration mentions; its own parameters and private members aside. Where it reads a type off a value
 * (`typeof GATES`), those that the value's declaration mentions: the value itself is not needed to name the type.
 */
function mentionsIn(file: string, declaration: Node): readonly Origin[] {
  const found: Origin[] = []
  const visit = (value: unknown, bound: ReadonlySet<string>): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, bound)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    const node = value as Node
    if (node['accessibility'] === 'private') return
    const inner = new Set([...bound, ...boundBy(node)])
    const name = mentioned(node)
    if (name !== undefined && !inner.has(name)) found.push(local(file, name))
    if (node.type === 'TSTypeOperator' && node['operator'] === 'keyof') return // names, not types
    if (node.type === 'TSIndexedAccessType' && isText(node['indexType'] as Node)) return // one member, of a type of its own
    if (node.type === 'TSTypeQuery') found.push(...behind(file, (node['exprName'] as { name?: string }).name))
    if (node.type === 'TSImportType') {
      const { source, qualifier } = node as unknown as { source: { value: string }; qualifier: { name: string } | null }
      if (qualifier !== null) found.push(followed({ file: resolved(file, source.value), name: qualifier.name }))
    }
    for (const child of Object.values(node)) visit(child, inner)
  }
  visit(declaration, new Set())
  return found.filter(isOurs)
}

const isText = (node: Node): boolean => node.type === 'TSLiteralType' && typeof (node['literal'] as { value?: unknown }).value === 'string'

function behind(file: string, value: string | undefined): readonly Origin[] {
  if (value === undefined) return []
  const origin = local(file, value)
  if (!isOurs(origin)) return []
  return (moduleOf(origin.file).declared.get(origin.name) ?? []).flatMap(({ node }) => mentionsIn(origin.file, node))
}

/** Type parameters, and what `infer` names. */
function boundBy(node: Node): readonly string[] {
  const parameters = (node['typeParameters'] as { params?: { name: { name: string } }[] } | null | undefined)?.params ?? []
  const key = node.type === 'TSMappedType' ? [(node['key'] as { name: string }).name] : []
  return [...parameters.map(({ name }) => name.name), ...key]
}

/** The name of the type or value that this node stands for, if it stands for one. */
function mentioned(node: Node): string | undefined {
  const at = { TSTypeReference: 'typeName', TSInterfaceHeritage: 'expression', TSClassImplements: 'expression' }[node.type]
  const target = (at === undefined ? node['superClass'] : node[at]) as Node | null | undefined
  return target?.type === 'Identifier' ? (target['name'] as string) : undefined
}
