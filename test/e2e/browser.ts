import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Debian's and Ubuntu's place; `bin/test` sees to it that there is one. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const softwareWebgl = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader']

/**
 * A real Chromium with a fresh profile and WebGL in software.
 * @param camera a film for its fake camera (`writeCameraFile`), `test-pattern`, or nothing: a machine without a camera
 */
export async function launchBrowser({ camera }: { camera?: string } = {}): Promise<Browser> {
  const fakeCamera = camera === undefined ? [] : ['--use-fake-device-for-media-stream', ...(camera === 'test-pattern' ? [] : [`--use-file-for-fake-video-capture=${camera}`])]
  return await chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet, ...softwareWebgl, ...fakeCamera] })
}
