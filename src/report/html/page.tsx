/**
 * The page around what is shown. Its policy lets run what it brings along, by hash, and forbids everything else; so even a
 * payload that got past the escaping could neither run nor load anything.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** A whole page of this title. */
export async function page(title: string, body: ComponentChildren): Promise<string> {
  const [script, ...styles] = (await Promise.all(['client.js', 'page.css', 'timeline.css'].map(asset))) as [string, ...string[]]
  const style = styles.join('\n')
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>\n${renderToString(
    <html lang='en'>
      <head>
        <meta charset='utf-8' />
        <meta http-equiv='Content-Security-Policy' content={policy} />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <a class='skip' href='#report'>
          Skip to the report
        </a>
        {body}
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>,
  )}\n`
}

const asset = (name: string) => readFile(new URL(`page/${name}`, import.meta.url), 'utf8')

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
