// The browser that the HTML report is tested in and photographed with: Debian's, or the one that CHROMIUM names.
import { chromium } from 'playwright-core'
import { whereOnPath } from './binary.mjs'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']
/** It has one page of ours to show: no sandbox is needed, which root would not get, and nothing is to be fetched. */
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

const program = process.env.CHROMIUM || PROGRAMS.map(whereOnPath).find(Boolean)

export const hasChromium = () => program !== undefined

export const HOW_TO_GET_IT = 'install chromium (Debian: apt-get install chromium), or set CHROMIUM to a program'

/** Whoever launches it closes it. */
export function launchChromium() {
  if (program === undefined) throw new Error(`no chromium: ${HOW_TO_GET_IT}`)
  return chromium.launch({ executablePath: program, args: FLAGS })
}
