/**
 * Text inside Markdown: whatever a subject says stays text. It can begin no table cell, link, HTML or code, mention
 * nobody, and refer to no issue: GitHub makes a link of every `#1`, and there are reads of that number.
 */
import { visible } from './text.js'

const PUNCTUATION = /[\\`*_{}[\]~|]/g
/** Breaks what is recognised by looks after the text was rendered, where no escape helps. */
const INVISIBLE = '&#8203;'

/** In a line of text, at its beginning, or in a cell of a table. */
export const escapeMarkdown = (text: string): string =>
  visible(text)
    .trimStart()
    .replace(PUNCTUATION, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/#(?=\w)/g, `#${INVISIBLE}`)
    .replace(/@(?=[\w\\])/g, `@${INVISIBLE}`)
    .replace(/:(?=\/\/)/g, `:${INVISIBLE}`)
    .replace(/\bwww(?=\.)/gi, (www) => www + INVISIBLE)
    // A list, a heading or a rule begins only where a line does.
    .replace(/^[-+=#]/, (char) => `\\${char}`)
    .replace(/^(\d+)(?=[.)])/, '$1\\')

/** A fenced block that its text cannot close. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

/** A code span in a line. Not for a cell: there it would have to escape what it must not. */
export function codeSpan(text: string): string {
  const shown = visible(text)
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return longest > 0 ? `${ticks} ${shown} ${ticks}` : `${ticks}${shown}${ticks}`
}

export const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
