import type { Homography } from '../types.ts'

/** A pinhole camera looking at a flat photo. Angles in degrees, lengths as fractions or pixels as named. */
export interface CameraView {
  /** Vertical field of view. */
  fovDegrees: number
  frameWidth: number
  frameHeight: number
  /** Photo's width over its height. */
  photoAspect: number
  /** How far the photo leans away: 0 faces the camera, 90 would be edge-on. */
  tilt: number
  /** Towards which side of the frame the photo leans away: 0 right, 90 down, 180 left, 270 up. */
  tiltDirection: number
  /** Turn of the photo in its own plane, clockwise as seen. */
  roll: number
  /** Width of the photo in the frame when it faces the camera, as a fraction of the frame's width; sets the distance. */
  widthFraction: number
  /** Where the photo's centre appears, as fractions of the frame. */
  centreX: number
  centreY: number
}

/** What a camera sees of the photo's plane, and what it would see of a point lifted off it. */
export interface PhotoView {
  pose: Homography
  /** Added to the homography's third column per photo width of height towards the camera: (x, y, w). */
  normal: Float64Array
}

/** The homography (unit square to frame pixels) of a photo seen by a pinhole camera without distortion. */
export function poseFromCamera(view: CameraView): Homography {
  return viewFromCamera(view).pose
}

/** Like `poseFromCamera`, with the direction off the paper as well, which a curled print needs. */
export function viewFromCamera(view: CameraView): PhotoView {
  const focal = view.frameHeight / 2 / Math.tan(radians(view.fovDegrees) / 2)
  const depth = focal / (view.widthFraction * view.frameWidth)
  const [right, down, away] = photoAxes(view)
  const centre = [
    depth * (view.centreX - 0.5) * view.frameWidth / focal,
    depth * (view.centreY - 0.5) * view.frameHeight / focal,
    depth
  ]
  const height = 1 / view.photoAspect
  const corner = centre.map((value, i) => value - right[i] / 2 - down[i] * height / 2)
  const project = (point: number[]) => [
    focal * point[0] + view.frameWidth / 2 * point[2],
    focal * point[1] + view.frameHeight / 2 * point[2],
    point[2]
  ]
  const columns = [project(right), project(down.map(value => value * height)), project(corner)]
  const scale = 1 / columns[2][2]
  const pose = new Float64Array(9)
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) pose[row * 3 + column] = columns[column][row] * scale
  return { pose, normal: Float64Array.from(project(away), value => -value * scale) }
}

/** The photo's right, down and away-from-the-camera directions in camera coordinates (x right, y down, z forward). */
function photoAxes({ tilt, tiltDirection, roll }: CameraView): number[][] {
  const turn = radians(roll)
  const flat = [[Math.cos(turn), Math.sin(turn), 0], [-Math.sin(turn), Math.cos(turn), 0], [0, 0, 1]]
  const lean = radians(tilt), towards = radians(tiltDirection)
  const axis = [Math.sin(towards), -Math.cos(towards), 0]
  return flat.map(vector => rotate(vector, axis, lean))
}

/** Rodrigues' rotation of a vector around a unit axis. */
function rotate(vector: number[], axis: number[], angle: number): number[] {
  const cosine = Math.cos(angle), sine = Math.sin(angle)
  const along = (vector[0] * axis[0] + vector[1] * axis[1] + vector[2] * axis[2]) * (1 - cosine)
  const cross = [
    axis[1] * vector[2] - axis[2] * vector[1],
    axis[2] * vector[0] - axis[0] * vector[2],
    axis[0] * vector[1] - axis[1] * vector[0]
  ]
  return vector.map((value, i) => value * cosine + cross[i] * sine + axis[i] * along)
}

function radians(degrees: number): number {
  return degrees * Math.PI / 180
}
