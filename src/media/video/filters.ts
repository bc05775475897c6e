import { runProgram } from '../../lib/process.ts'
import type { Programs } from '../../lib/process.ts'
import type { Size } from '../photo/decode.ts'
import type { VideoFacts } from './facts.ts'

/** BT.601's colours were used below this height by files that don't say. */
const highDefinitionHeightMinPixels = 720

/**
 * ffmpeg's filters from the source's frames to plain 8-bit BT.709 pictures of `size`. High dynamic range (what
 * iPhones film) is mapped to what every screen shows, when this ffmpeg can.
 */
export async function getPictureFilters(facts: VideoFacts, size: Size, programs: Programs): Promise<string[]> {
  const bothSides = `${size.width}:${size.height}:flags=bicubic`
  const deinterlace = facts.interlaced ? ['yadif'] : []
  if ((facts.colorTransfer === 'arib-std-b67' || facts.colorTransfer === 'smpte2084') && await canMapTones(programs)) {
    return [
      ...deinterlace,
      `scale=${bothSides}`,
      // 203 cd/m² is where BT.2408 puts white paper; every input value is given, because some files tell only the transfer
      `zscale=tin=${facts.colorTransfer}:min=2020_ncl:pin=2020:rin=tv:t=linear:npl=203:p=709:m=gbr`,
      'format=gbrpf32le',
      'tonemap=tonemap=mobius:desat=0',
      'zscale=t=709:m=709:r=tv',
      'setsar=1',
      'format=yuv420p',
    ]
  }
  const unsaid = Math.min(facts.width, facts.height) >= highDefinitionHeightMinPixels ? 'bt709' : 'bt601'
  const matrix = facts.colorMatrix === null ? unsaid : 'auto'
  return [...deinterlace, `scale=${bothSides}:in_color_matrix=${matrix}:out_color_matrix=bt709:out_range=tv`, 'setsar=1', 'format=yuv420p']
}

const tonesKnown = new Map<string, Promise<boolean>>()

/** Asked once per program. */
function canMapTones(programs: Programs): Promise<boolean> {
  let answer = tonesKnown.get(programs.ffmpeg)
  if (answer === undefined) {
    answer = runProgram(programs.ffmpeg, ['-hide_banner', '-filters'], { timeoutMs: 20_000, outputBytesMax: 1_000_000 })
      .then(({ stdout }) => / zscale /.test(stdout) && / tonemap /.test(stdout))
    tonesKnown.set(programs.ffmpeg, answer)
  }
  return answer
}
