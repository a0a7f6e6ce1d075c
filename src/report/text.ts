/**
 * Text for a terminal: as wide as it looks, and without anything in it that a terminal would obey.
 *
 * Payloads, error messages and even ids come from the subject. Control characters, ANSI sequences, bidirectional
 * overrides and lone surrogates in them are made visible; it is done again at no harm, since a backslash stays itself.
 */

const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line, nothing in it but what can be seen. */
export const visible = (text: string): string => text.replace(UNSAFE, (char) => NAMED[char] ?? escapeOf(char))

function escapeOf(char: string): string {
  const code = char.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Of what a subject says, where whole paragraphs have their place. */
export const MAX_PARAGRAPH = 2000
export const MAX_LENGTH = 300

interface Cut {
  readonly shown: string
  /** What is said where something is missing. */
  readonly more: string
}

export function cutAt(text: string, length: number): Cut {
  if (text.length <= length) return { shown: visible(text), more: '' }
  // Not through a pair of surrogates.
  const end = /[\ud800-\udbff]/.test(text[length - 1]!) ? length - 1 : length
  return { shown: visible(text.slice(0, end)), more: `… (${number(text.length)} characters in all)` }
}

/** For where there can be no markup. */
export function cut(text: string, length = MAX_LENGTH): string {
  const { shown, more } = cutAt(text, length)
  return shown + more
}

/** Made where the first text needs it: it loads tables of ICU, which takes longer than most reports do. */
let segmenter: Intl.Segmenter | undefined
const graphemesOf = (text: string) => (segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })).segment(text)
/** East Asian Wide and Fullwidth, roughly (Unicode UAX #11): a cell too many is harmless, one too few shifts a lane. */
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

const cells = (grapheme: string): number => (NO_WIDTH.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1)
/**
 * Characters as they are seen. In pieces: the segmenter takes a time that grows with the square of the text, and a subject's
 * can be a megabyte. A piece ends where a character surely does, or after so many that it does not matter.
 */
const PIECES = /[ -~]+(?![^ -~])|[ -~]?[^ -~]{1,1024}/gsu

function* segmentsOf(text: string): Generator<string> {
  for (const [piece] of text.matchAll(PIECES)) {
    if (isPlain(piece)) yield* piece
    else for (const { segment } of graphemesOf(piece)) yield segment
  }
}

/** Each of its characters is one cell wide. */
const isPlain = (text: string) => /^[ -~─-▟…·×✓✗]*$/.test(text)

/** How many cells of a terminal it takes. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const segment of segmentsOf(text)) width += cells(segment)
  return width
}

/** Looks no further than it must: a subject's text can be a megabyte. */
function isWider(text: string, width: number): boolean {
  if (text.length <= width && isPlain(text)) return false
  let used = 0
  for (const segment of segmentsOf(text)) {
    used += cells(segment)
    if (used > width) return true
  }
  return false
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** As much as fits, with a `…` where something is missing. */
export function clip(text: string, width: number): string {
  if (!isWider(text, width)) return text
  return width < 1 ? '' : `${take(text, width - 1)}…`
}

/** The longest beginning that is no wider. */
function take(text: string, width: number): string {
  let taken = ''
  let used = 0
  for (const segment of segmentsOf(text)) {
    used += cells(segment)
    if (used > width) break
    taken += segment
  }
  return taken
}

/** In parts that are no wider, each of at least one character: a wide one in a lane of one cell would never be placed. */
function chop(word: string, width: number): string[] {
  const parts: string[] = []
  let part = ''
  let used = 0
  for (const segment of segmentsOf(word)) {
    const wide = cells(segment)
    if (part !== '' && used + wide > width) {
      parts.push(part)
      part = ''
      used = 0
    }
    part += segment
    used += wide
  }
  return [...parts, part]
}

/** Lines no wider than `width`, broken between words, or inside one where it is too long for a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  // What has a number stays together with it: read #2.
  for (const word of text.split(/ (?!#\d)/)) {
    if (line !== '' && !isWider(word, width - widthOf(line) - 1)) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    const parts = isWider(word, width) ? chop(word, width) : [word]
    for (const part of parts.slice(0, -1)) lines.push(part)
    line = parts.at(-1)!
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** Wrapped, each line behind `indent`, the first behind `first`. */
export function paragraph(text: string, width: number, indent: string, first = indent): string[] {
  return wrap(text, Math.max(20, width - indent.length)).map((line, i) => (i === 0 ? first : indent) + line)
}

// ── Lines ──
//
// Lines made of parts that stay whole: as many on each as fit.

export function fill(parts: readonly string[], width: number, between = '   '): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last + between + part) <= width) lines[lines.length - 1] = last + between + part
    else lines.push(clip(part, width))
  }
  return lines
}

// ── Words ──
//
// Numbers, lists and plurals, as they are said.

/** `1,347`. The same in every locale: reports are compared and searched. Only what has no such simple form is worth the tables of ICU. */
export const number = (n: number): string =>
  Number.isSafeInteger(n) ? String(n).replace(/\B(?=(?:\d{3})+$)/g, ',') : n.toLocaleString('en-US')

/** `1 entry`, `2 entries`, `1,347 steps`. */
export function count(n: number, noun: string, plural = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`): string {
  return `${number(n)} ${n === 1 ? noun : plural}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)!}`
}

/** The first ones, and how many more. */
export const few = (names: readonly string[]): readonly string[] =>
  names.length <= 3 ? names : [...names.slice(0, 2), `${number(names.length - 2)} more`]

/** Names in their order, with none missing in between: all of them where they are few, else the ends. */
export function range(names: readonly string[], most = 3): string {
  return names.length <= most ? names.join(', ') : `${names[0]!} … ${names.at(-1)!}`
}

/** Is nothing of that order between them? Only then the ends say what they all are. */
export function areNeighbours(names: readonly string[], order: readonly string[]): boolean {
  const first = order.indexOf(names[0] ?? '')
  return names.every((name, at) => order[first + at] === name)
}

/** `4 ms`, `0.9 s`, `12 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** As one argument of a shell command. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
