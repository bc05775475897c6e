import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findOutsideUrl, readSurroundings } from './browser/browsers.ts'
import { chooseLens } from './browser/lens.ts'

const lens = (label: string) => ({ deviceId: `id of ${label}`, label })

test('the plain back lens is taken where the browser opened another one', () => {
  const cases: [labels: string[], opened: string, wanted: string | undefined][] = [
    [['Front Camera', 'Back Ultra Wide Camera', 'Back Camera'], 'Back Ultra Wide Camera', 'Back Camera'],
    [['Front Camera', 'Back Telephoto Camera', 'Back Camera', 'Desk View Camera'], 'Back Telephoto Camera', 'Back Camera'],
    [['Front Camera', 'Back Camera', 'Back Ultra Wide Camera'], 'Back Camera', undefined],
    [['Front Camera', 'Back Dual Wide Camera', 'Back Camera'], 'Back Dual Wide Camera', undefined],
    [['Передняя камера', 'Задняя сверхширокоугольная камера', 'Задняя камера'], 'Задняя сверхширокоугольная камера', 'Задняя камера'],
    [['camera2 1, facing front', 'camera2 3, facing back', 'camera2 2, facing back', 'camera2 0, facing back'], 'camera2 2, facing back', 'camera2 0, facing back'],
    [['camera2 1, facing front', 'camera2 0, facing back'], 'camera2 0, facing back', undefined],
    [['camera2 1, facing front', 'camera2 0, facing back'], 'camera2 1, facing front', undefined],
    [['Integrated Webcam', 'OBS Virtual Camera'], 'Integrated Webcam', undefined],
    [['', ''], '', undefined],
    [['Back Ultra Wide Camera'], 'Back Ultra Wide Camera', undefined],
  ]
  for (const [labels, opened, wanted] of cases) assert.equal(chooseLens(labels.map(lens), lens(opened)), wanted === undefined ? undefined : lens(wanted).deviceId, opened)
})

const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const android = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)'
const webview = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0'

test('browsers inside apps are told from real ones, and settings are explained for the right system', () => {
  const cases: [agent: string, touches: number, hints: string[], platform: string, safari: boolean, app: string | null][] = [
    [`${iphone} Version/17.5 Mobile/15E148 Safari/604.1`, 5, [], 'ios', true, null],
    [`${iphone} CriOS/126.0 Mobile/15E148 Safari/604.1`, 5, [], 'ios', false, null],
    [`${iphone} Version/17.0 YaBrowser/24.6 Mobile/15E148 Safari/604.1`, 5, [], 'ios', false, null],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15', 5, [], 'ios', true, null],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15', 0, [], 'desktop', false, null],
    [`${iphone} Mobile/15E148 Instagram 334.0.5`, 5, [], 'ios', false, 'Instagram'],
    [`${iphone} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]`, 5, [], 'ios', false, 'Facebook'],
    [`${iphone} Mobile/15E148`, 5, [], 'ios', false, ''],
    [`${iphone} Mobile/15E148`, 5, ['TelegramWebviewProxy'], 'ios', false, 'Telegram'],
    [`${android} Chrome/126.0 Mobile Safari/537.36`, 5, [], 'android', false, null],
    [`${webview} Chrome/126.0 Mobile Safari/537.36`, 5, [], 'android', false, ''],
    [`${webview} Chrome/126.0 Mobile Safari/537.36 Telegram-Android/11.0`, 5, [], 'android', false, 'Telegram'],
    [`${webview} Chrome/126.0 Mobile Safari/537.36 VKAndroidApp/8.90`, 5, [], 'android', false, 'VK'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36', 0, [], 'desktop', false, null],
  ]
  for (const [agent, touches, hints, platform, safari, app] of cases) assert.deepEqual(readSurroundings(agent, touches, hints), { platform, safari, app }, agent)
})

test('only Android can be asked to open the page outside, and comes back here when it can’t', () => {
  const url = 'https://arv.example/v/2NEpo7TZRR?from=qr'
  const outside = findOutsideUrl(url, { platform: 'android', safari: false, app: 'Instagram' })
  assert.match(outside!, /^intent:\/\/arv\.example\/v\/2NEpo7TZRR\?from=qr#Intent;scheme=https;/)
  assert.ok(outside!.includes(`S.browser_fallback_url=${encodeURIComponent(url)};end`))
  assert.equal(findOutsideUrl(url, { platform: 'ios', safari: false, app: 'Instagram' }), undefined)
})
