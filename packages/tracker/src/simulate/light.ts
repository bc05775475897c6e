/** A bright soft spot, as a lamp mirrored in glossy paper. Position and radius in frame pixels, strength in grey levels. */
export interface Glare { x: number, y: number, radius: number, strength: number }

/** Everything beyond a soft line gets darker. The line passes through (x, y); `angle` in degrees points into the shadow. */
export interface Shadow { x: number, y: number, angle: number, softness: number, depth: number }

/** Bands from a lamp on alternating current under rolling exposure. */
export interface Flicker { amount: number, rowsPerBand: number, phase: number }

/** Multiplies by the share of light that passes: edge fall-off, shadow and bands. */
export function shade(frame: Float32Array, width: number, height: number, light: { vignetting: number, shadow?: Shadow, flicker?: Flicker }): void {
  const { vignetting, shadow, flicker } = light
  if (vignetting === 0 && !shadow && !flicker) return
  const corner = (width * width + height * height) / 4
  const intoX = shadow ? Math.cos(shadow.angle * Math.PI / 180) : 0, intoY = shadow ? Math.sin(shadow.angle * Math.PI / 180) : 0
  for (let y = 0; y < height; y++) {
    const dy = y + 0.5 - height / 2
    const band = flicker ? 1 - flicker.amount * (0.5 + 0.5 * Math.sin(2 * Math.PI * (y / flicker.rowsPerBand + flicker.phase))) : 1
    for (let x = 0; x < width; x++) {
      const dx = x + 0.5 - width / 2
      let passed = band * (1 - vignetting * (dx * dx + dy * dy) / corner)
      if (shadow) {
        const depth = ((x + 0.5 - shadow.x) * intoX + (y + 0.5 - shadow.y) * intoY) / Math.max(1, shadow.softness)
        passed *= 1 - shadow.depth * Math.min(1, Math.max(0, depth + 0.5))
      }
      frame[y * width + x] *= passed
    }
  }
}

/** Adds a Gaussian spot of light. It may saturate: that detail is lost, as on paper. */
export function addGlare(frame: Float32Array, width: number, height: number, glare: Glare): void {
  const reach = glare.radius * 3, fall = -1 / (2 * glare.radius * glare.radius)
  const top = Math.max(0, Math.floor(glare.y - reach)), bottom = Math.min(height, Math.ceil(glare.y + reach))
  const left = Math.max(0, Math.floor(glare.x - reach)), right = Math.min(width, Math.ceil(glare.x + reach))
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - glare.x, dy = y + 0.5 - glare.y
      frame[y * width + x] += glare.strength * Math.exp((dx * dx + dy * dy) * fall)
    }
  }
}
