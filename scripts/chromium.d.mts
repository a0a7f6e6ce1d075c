import type { Browser } from 'playwright-core'

export declare const HOW_TO_GET_IT: string
export declare function hasChromium(): boolean
export declare function launchChromium(): Promise<Browser>
