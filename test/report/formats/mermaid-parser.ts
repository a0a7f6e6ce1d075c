/** The parser of Mermaid itself. It cleans texts with DOMPurify, which wants a window. */
import { Window } from 'happy-dom'

type Parse = (text: string) => Promise<{ readonly diagramType: string }>

let parser: Promise<Parse> | undefined

/** @throws what the parser throws. */
export async function parseMermaid(text: string): Promise<string> {
  parser ??= load()
  return (await (await parser)(text)).diagramType
}

async function load(): Promise<Parse> {
  const window = new Window()
  Object.assign(globalThis, { window, document: window.document })
  const { default: mermaid } = await import('mermaid')
  return (text) => mermaid.parse(text)
}
