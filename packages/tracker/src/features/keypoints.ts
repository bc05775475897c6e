/** 256 bits. */
export const DESCRIPTOR_WORDS = 8
/** Directions are kept as one of 64 equal steps. */
export const ANGLE_STEPS = 64

/** Keypoints of one image, as columns; only the first `count` rows are meaningful. */
export interface Keypoints {
  count: number
  readonly capacity: number
  /** Position in the pixels of the image given to detection (not of the pyramid level). */
  x: Float32Array
  y: Float32Array
  /** Image pixels per pixel of the level it was found on. */
  scale: Float32Array
  /** 0 dark blob, 1 bright blob, 2 saddle: never compared across. */
  polarity: Uint8Array
  /** 0–63. */
  angle: Uint8Array
  strength: Float32Array
  descriptors: Int32Array
}

export function createKeypoints(capacity: number): Keypoints {
  return {
    count: 0, capacity,
    x: new Float32Array(capacity), y: new Float32Array(capacity), scale: new Float32Array(capacity),
    polarity: new Uint8Array(capacity), angle: new Uint8Array(capacity), strength: new Float32Array(capacity),
    descriptors: new Int32Array(capacity * DESCRIPTOR_WORDS),
  }
}
