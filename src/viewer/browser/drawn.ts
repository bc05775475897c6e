/** What a listener to `arv:frame` on the document is told, in the task that drew the frame. */
export interface DrawnFrame {
  drawn: true
  state: 'searching' | 'tracking' | 'held'
  pose: readonly number[] | null
  /** Seconds on the camera's clock. */
  cameraTime: number
  camera: { width: number; height: number }
  /** Camera pixels to canvas pixels. */
  view: { scale: number; left: number; top: number }
  /** Of the video, 0–1. */
  opacity: number
}
