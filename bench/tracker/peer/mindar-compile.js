// MindAR's own compiler in Node, without its native `canvas`: the grey pixels are handed in where it would read a canvas.
import { CompilerBase } from 'mind-ar/src/image-target/compiler-base.js'
import { buildTrackingImageList } from 'mind-ar/src/image-target/image-list.js'
import { extractTrackingFeatures } from 'mind-ar/src/image-target/tracker/extract-utils.js'
import 'mind-ar/src/image-target/detector/kernels/cpu/index.js'
import { decode, encode } from '@msgpack/msgpack'
import * as tf from '@tensorflow/tfjs'

class NodeCompiler extends CompilerBase {
  createProcessCanvas(image) {
    const rgba = new Uint8ClampedArray(image.data.length * 4)
    image.data.forEach((grey, i) => rgba.fill(grey, i * 4, i * 4 + 3))
    return { getContext: () => ({ drawImage() {}, getImageData: () => ({ data: rgba }) }) }
  }

  async compileTrack({ targetImages }) {
    return targetImages.map(image => extractTrackingFeatures(buildTrackingImageList(image), () => {}))
  }
}

/** A `.mind` file of one grey image, as MindAR makes it. */
export async function compileMind(image) {
  await tf.setBackend('cpu')
  const compiler = new NodeCompiler()
  await compiler.compileImageTargets([image], () => {})
  return compiler.exportData()
}

/** Several `.mind` files as one, in order. */
export function mergeMind(files) {
  return encode({ v: 2, dataList: files.flatMap(file => decode(file).dataList) })
}
