/** A triangle that covers the screen; `place` is the texture's place. */
export const coverVertices = `#version 300 es
uniform vec4 view; // scale and shift from texture coordinates to clip space
out vec2 place;
void main() {
  place = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(place * view.xy + view.zw, 0, 1);
}`

export const cameraPixels = `#version 300 es
precision mediump float;
uniform sampler2D camera;
in vec2 place;
out vec4 colour;
void main() {
  colour = vec4(texture(camera, place).rgb, 1);
}`

/**
 * The photo's unit square, a little enlarged, put under the pose. The homography's third row becomes w, so the
 * graphics chip itself divides by it at every pixel and the picture is right in perspective.
 */
export const photoVertices = `#version 300 es
uniform mat3 pose; // unit square to clip space
uniform float margin;
out vec2 place;
void main() {
  place = mix(vec2(-margin), vec2(1.0 + margin), vec2(gl_VertexID & 1, gl_VertexID >> 1));
  vec3 point = pose * vec3(place, 1);
  gl_Position = vec4(point.xy, 0, point.z);
}`

/** The video fills the photo; at its edges each pixel is as opaque as the part of it that lies on the photo. */
export const photoPixels = `#version 300 es
precision highp float;
uniform sampler2D video;
uniform vec2 fit; // the part of the video that is seen, across and down
uniform float opacity;
in vec2 place;
out vec4 colour;
void main() {
  vec2 inside = min(place, 1.0 - place);
  vec2 perPixel = vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y))));
  vec2 cover = clamp(inside / perPixel + 0.5, 0.0, 1.0);
  colour = vec4(texture(video, (place - 0.5) * fit + 0.5).rgb, opacity * cover.x * cover.y);
}`

/** Brightness of four neighbouring pixels in one texel: a quarter of the bytes to read back. */
export const grayPixels = `#version 300 es
precision highp float;
uniform sampler2D camera;
out vec4 colour;
float gray(ivec2 at) {
  return dot(texelFetch(camera, at, 0).rgb, vec3(0.299, 0.587, 0.114));
}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy) * ivec2(4, 1);
  colour = vec4(gray(at), gray(at + ivec2(1, 0)), gray(at + ivec2(2, 0)), gray(at + ivec2(3, 0)));
}`
