/**
 * The fenced code blocks of a Markdown file, and what is to be done with each to show that it is true. A comment right
 * before the fence says so; CONTRIBUTING.md describes the convention.
 */
export interface Block {
  /** `README.md:42`, for messages. */
  readonly where: string
  readonly language: string
  readonly text: string
  /** The words of `<!-- test: … -->`; undefined where there is no such comment. */
  readonly mark: Mark | undefined
}

export type Mark = ReadonlyMap<string, string>

const FENCE = /^(`{3,}|~{3,})\s*(\S*)\s*$/
const MARK = /^<!--\s*test:\s*(.*?)\s*-->$/
const WORD = /([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g

export function blocksOf(file: string, markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, fence, language] = FENCE.exec(lines[at]!) ?? []
    if (fence === undefined) continue
    const end = lines.findIndex((line, i) => i > at && line.trim() === fence)
    if (end === -1) throw new Error(`${file}:${at + 1}: this block is never closed`)
    blocks.push({ where: `${file}:${at + 1}`, language: language!, text: lines.slice(at + 1, end).join('\n'), mark: markBefore(lines, at) })
    at = end
  }
  return blocks
}

function markBefore(lines: readonly string[], fence: number): Mark | undefined {
  const found = MARK.exec(lines[fence - 1] ?? '') ?? (lines[fence - 1] === '' ? MARK.exec(lines[fence - 2] ?? '') : null)
  return found === null ? undefined : new Map([...found[1]!.matchAll(WORD)].map(([, key, quoted, bare]) => [key!, quoted ?? bare ?? '']))
}

/** The commands of a shell block: without comments, one for each line and each `&&`. */
export const commandsOf = (text: string): string[] =>
  text.split('\n').flatMap((line) =>
    line
      .replace(/(^|\s)#.*$/, '')
      .split('&&')
      .map((command) => command.trim())
      .filter(Boolean),
  )

/** A duration that was measured: behind a `·`, or first on its line. */
const MEASURED = /(· |^ *)\d[\d.,]*\u00a0?\s?m?s(?= ·|$)/gm
const SERVER = /\b(?:redis|valkey) \d+\.\d+\.\d+ \([^)]*\)/g

/**
 * Output as it is compared: measured durations and the server's version do not count, and, since they decide where a line
 * is full, nor do the line breaks of the paragraphs that hold them. Everything else is verbatim.
 */
export function comparable(output: string): string {
  const paragraphs = output.replace(/[ \t]+$/gm, '').split(/\n{2,}/)
  return paragraphs
    .map((paragraph) => {
      const said = paragraph.replace(MEASURED, '$1TIME').replace(SERVER, 'SERVER')
      return said === paragraph ? paragraph : said.replace(/\s+/g, ' ').trim()
    })
    .join('\n\n')
    .replace(/^\n+|\n+$/g, '')
}

/** So many paragraphs of the output, beginning with the line that starts with `from`. */
export function partOf(output: string, from: string | undefined, paragraphs: number): string {
  const lines = output.replace(/[ \t]+$/gm, '').split('\n')
  const start = from === undefined ? 0 : lines.findIndex((line) => line.trimStart().startsWith(from))
  if (start === -1) throw new Error(`no line of the output begins with "${from}":\n${output}`)
  const rest = lines
    .slice(start)
    .join('\n')
    .split(/\n{2,}/)
  return rest
    .slice(0, paragraphs)
    .join('\n\n')
    .replace(/^\n+|\n+$/g, '')
}

/** A text with a `diff` block applied to it. Every line of the old side has to be there, together and once. */
export function patched(text: string, diff: string): string {
  const side = (sign: string) =>
    diff
      .split('\n')
      .filter((line) => line.startsWith(sign) || line.startsWith(' '))
      .map((line) => line.slice(1))
      .join('\n')
  const [whole, old] = [`\n${text}\n`, `\n${side('-')}\n`]
  const at = whole.indexOf(old)
  if (at === -1 || at !== whole.lastIndexOf(old)) throw new Error(`expected once in the file what the diff takes away:\n${side('-')}`)
  return `${whole.slice(0, at)}\n${side('+')}\n${whole.slice(at + old.length)}`.slice(1, -1)
}
