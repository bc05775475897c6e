import { cameraPixels, coverVertices, grayPixels, photoPixels, photoVertices } from './shaders.ts'

/** One camera frame kept on the graphics chip. */
export interface CameraPicture {
  texture: WebGLTexture
  width: number
  height: number
}

/** Camera pixel (x, y) stands at canvas pixel (x · scale + left, y · scale + top). */
export interface View {
  scale: number
  left: number
  top: number
}

export interface Scene {
  camera: CameraPicture
  /** Unit square of the photo to camera pixels, or null: no video. */
  pose: readonly number[] | null
  /** Of the video, 0–1. */
  opacity: number
  /** Width by height of the photo as printed. */
  photoRatio: number
}

export interface Renderer {
  makePicture(): CameraPicture
  upload(picture: CameraPicture, source: HTMLVideoElement | VideoFrame, width: number, height: number): void
  uploadVideo(video: HTMLVideoElement): void
  /** Another video will come; until then none is drawn. */
  dropVideo(): void
  /** Whether a frame of the video has been uploaded. */
  readonly hasVideo: boolean
  /** Starts reading a picture's brightness; call `takeGray` until it is there. Its width is cut to a multiple of 4. */
  startGray(picture: CameraPicture): { width: number; height: number }
  /** Fills `target` and returns true once the graphics chip is done. */
  takeGray(target: Uint8Array): boolean
  draw(scene: Scene): View
}

/** The most that a video may be shrunk before it shimmers without smaller copies of itself. */
const shrinkMax = 1.6
/** Of the photo's square on each side, so that its smoothed edge has room. */
const edgeMargin = 0.03

/** @throws Error when this browser has no WebGL 2 */
export function createRenderer(canvas: HTMLCanvasElement): Renderer {
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, stencil: false, powerPreference: 'low-power' })
  if (gl === null) throw new Error('no WebGL 2')
  const camera = makeProgram(gl, coverVertices, cameraPixels)
  const photo = makeProgram(gl, photoVertices, photoPixels)
  const video = { texture: makeTexture(gl), width: 0, height: 0, small: false }
  const readGray = createGrayReader(gl)
  const anisotropy = gl.getExtension('EXT_texture_filter_anisotropic')
  gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE)

  const drawPhoto = (scene: Scene, pose: readonly number[], view: View) => {
    const videoRatio = video.width / video.height
    const shrink = Math.sqrt((video.width * video.height) / Math.max(1, findArea(pose) * view.scale ** 2))
    gl.bindTexture(gl.TEXTURE_2D, video.texture)
    if (shrink > shrinkMax && !video.small) {
      gl.generateMipmap(gl.TEXTURE_2D)
      if (anisotropy !== null) gl.texParameteri(gl.TEXTURE_2D, anisotropy.TEXTURE_MAX_ANISOTROPY_EXT, 4)
      video.small = true
    }
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, shrink > shrinkMax ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR)
    gl.useProgram(photo.program)
    gl.uniformMatrix3fv(photo.at('pose'), true, toClipSpace(pose, view, canvas.width, canvas.height))
    gl.uniform1f(photo.at('margin'), edgeMargin)
    gl.uniform1f(photo.at('opacity'), scene.opacity)
    gl.uniform2f(photo.at('fit'), Math.min(1, scene.photoRatio / videoRatio), Math.min(1, videoRatio / scene.photoRatio))
    gl.enable(gl.BLEND)
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4)
    gl.disable(gl.BLEND)
  }

  return {
    makePicture: () => ({ texture: makeTexture(gl), width: 0, height: 0 }),
    upload: (picture, source, width, height) => {
      gl.bindTexture(gl.TEXTURE_2D, picture.texture)
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source)
      picture.width = width
      picture.height = height
    },
    uploadVideo: (element) => {
      gl.bindTexture(gl.TEXTURE_2D, video.texture)
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, element)
      video.width = element.videoWidth
      video.height = element.videoHeight
      video.small = false
    },
    dropVideo: () => { video.width = video.height = 0 },
    get hasVideo() { return video.width > 0 },
    ...readGray,
    draw: (scene) => {
      const view = coverView(scene.camera, canvas)
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
      gl.viewport(0, 0, canvas.width, canvas.height)
      gl.useProgram(camera.program)
      gl.bindTexture(gl.TEXTURE_2D, scene.camera.texture)
      const { width, height } = scene.camera
      gl.uniform4f(
        camera.at('view'),
        (2 * width * view.scale) / canvas.width, (-2 * height * view.scale) / canvas.height,
        (2 * view.left) / canvas.width - 1, 1 - (2 * view.top) / canvas.height,
      )
      gl.drawArrays(gl.TRIANGLES, 0, 3)
      if (scene.pose !== null && scene.opacity > 0 && video.width > 0) drawPhoto(scene, scene.pose, view)
      return view
    },
  }
}

/** The camera's picture fills the canvas; what does not fit is cut off on both sides alike. */
function coverView(camera: { width: number; height: number }, canvas: { width: number; height: number }): View {
  const scale = Math.max(canvas.width / camera.width, canvas.height / camera.height)
  return { scale, left: (canvas.width - camera.width * scale) / 2, top: (canvas.height - camera.height * scale) / 2 }
}

/** The pose with camera pixels replaced by clip space; rows stay rows. */
function toClipSpace(pose: readonly number[], view: View, width: number, height: number): Float32Array {
  const matrix = new Float32Array(9)
  for (let column = 0; column < 3; column++) {
    const w = pose[6 + column]
    matrix[column] = (2 * (pose[column] * view.scale + w * view.left)) / width - w
    matrix[3 + column] = w - (2 * (pose[3 + column] * view.scale + w * view.top)) / height
    matrix[6 + column] = w
  }
  return matrix
}

/** Of the photo in camera pixels, by its corners. */
function findArea(pose: readonly number[]): number {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([u, v]) => {
    const w = pose[6] * u + pose[7] * v + pose[8]
    return [(pose[0] * u + pose[1] * v + pose[2]) / w, (pose[3] * u + pose[4] * v + pose[5]) / w]
  })
  return Math.abs(corners.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = corners[(index + 1) % 4]
    return sum + x * nextY - nextX * y
  }, 0)) / 2
}

function createGrayReader(gl: WebGL2RenderingContext): Pick<Renderer, 'startGray' | 'takeGray'> {
  let parts: { program: Program; texture: WebGLTexture; framebuffer: WebGLFramebuffer; buffer: WebGLBuffer } | undefined
  let size = { width: 0, height: 0 }
  let fence: WebGLSync | null = null
  const prepare = () => ({ program: makeProgram(gl, coverVertices, grayPixels), texture: makeTexture(gl), framebuffer: gl.createFramebuffer(), buffer: gl.createBuffer() })
  const resize = (width: number, height: number) => {
    size = { width, height }
    gl.bindTexture(gl.TEXTURE_2D, parts!.texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width / 4, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null)
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, parts!.texture, 0)
    gl.bufferData(gl.PIXEL_PACK_BUFFER, width * height, gl.STREAM_READ)
  }
  return {
    startGray: (picture) => {
      parts ??= prepare()
      const width = picture.width & ~3
      const { height } = picture
      gl.bindFramebuffer(gl.FRAMEBUFFER, parts.framebuffer)
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, parts.buffer)
      if (width !== size.width || height !== size.height) resize(width, height)
      gl.viewport(0, 0, width / 4, height)
      gl.useProgram(parts.program.program)
      gl.uniform4f(parts.program.at('view'), 2, 2, -1, -1)
      gl.bindTexture(gl.TEXTURE_2D, picture.texture)
      gl.drawArrays(gl.TRIANGLES, 0, 3)
      gl.readPixels(0, 0, width / 4, height, gl.RGBA, gl.UNSIGNED_BYTE, 0)
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null)
      fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)
      gl.flush()
      return size
    },
    takeGray: (target) => {
      if (fence === null || gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) return false
      gl.deleteSync(fence)
      fence = null
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, parts!.buffer)
      gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, target)
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null)
      return true
    },
  }
}

interface Program {
  program: WebGLProgram
  at(uniform: string): WebGLUniformLocation | null
}

function makeProgram(gl: WebGL2RenderingContext, vertices: string, pixels: string): Program {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertices], [gl.FRAGMENT_SHADER, pixels]] as const) {
    const shader = gl.createShader(kind)
    if (shader === null) throw new Error('the WebGL context is lost')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(`shader: ${gl.getProgramInfoLog(program)}`)
  const places = new Map<string, WebGLUniformLocation | null>()
  return {
    program,
    at: (uniform) => {
      if (!places.has(uniform)) places.set(uniform, gl.getUniformLocation(program, uniform))
      return places.get(uniform)!
    },
  }
}

function makeTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR)
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE)
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE)
  return texture
}
