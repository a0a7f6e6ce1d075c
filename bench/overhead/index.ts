/** What a probe costs that holds nothing. */
import type { Options } from '../options.js'
import type { OverheadResult } from '../results.js'
import { probeOverhead } from './probe.js'
import { PIPELINE, wireOverhead } from './wire.js'

export async function overhead(options: Options): Promise<OverheadResult> {
  return { probe: await probeOverhead(options), wire: await wireOverhead(options), pipeline: PIPELINE }
}
