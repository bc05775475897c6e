import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { root } from './server.ts'

// Read by name: it is JavaScript, which has no types of its own.
const { default: config, featureTable } = (await import(path.join(root, '.dependency-cruiser.mjs'))) as { default: { forbidden: { name: string }[] }; featureTable: Record<string, string[]> }

/** One broken import per rule: what is written where, and which rule must say so. */
const violations: Record<string, Record<string, string>> = {
  'no-circles': { 'src/lib/one.ts': "import { two } from './two.ts'\nexport const one = () => two", 'src/lib/two.ts': "import { one } from './one.ts'\nexport const two = () => one" },
  'no-orphans': { 'src/lib/alone.ts': 'export const alone = 1' },
  'no-unresolved': { 'src/lib/lost.ts': "import './nowhere.ts'" },
  'lib-knows-no-feature': { 'src/lib/nosy.ts': "import '../content/content.ts'" },
  'lib-knows-no-app': { 'src/lib/high.ts': "import '../config.ts'" },
  'front-door': { 'src/viewer/back.ts': "import '../content/queries.ts'" },
  'views-do-no-io': { 'src/companies/views.ts': "import 'node:fs'" },
  'queries-know-no-http': { 'src/ops/queries.ts': "import '../lib/http/server.ts'" },
  'drivers-only-in-lib': { 'src/ops/driver.ts': "import 'postgres'" },
  'browser-apart-from-server': { 'src/viewer/browser/reach.ts': "import '../viewer.ts'" },
  'server-apart-from-browser': { 'src/viewer/grab.ts': "import './browser/main.ts'" },
  'tracker-stands-alone': { 'packages/tracker/src/lean.ts': "import '../../../src/limits.ts'" },
  'no-test-code': { 'src/ops/tested.ts': "import '../../test/world.ts'" },
  'only-main-knows-routes': { 'src/ops/up.ts': "import '../routes.ts'" },
  'no-undeclared-package': { 'src/ops/undeclared.ts': "import 'graphile-config'" },
  'no-dev-package-in-src': { 'src/ops/heavy.ts': "import 'playwright-core'" },
  ...Object.fromEntries(Object.entries(featureTable).map(([feature, known]) => {
    const stranger = Object.keys(featureTable).find((other) => other !== feature && !known.includes(other))
    return [`table-${feature}`, { [`src/${feature}/stranger.ts`]: `import '../${stranger}/${stranger}.ts'` }]
  })),
}

test('every import rule says so when it is broken', async () => {
  const house = await mkdtemp(path.join(os.tmpdir(), 'arv-imports-'))
  try {
    for (const part of ['src', 'test', 'packages/tracker/src', 'bin', 'package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) await cp(path.join(root, part), path.join(house, part), { recursive: true, filter: (file) => !file.includes('samples') })
    await symlink(path.join(root, 'node_modules'), path.join(house, 'node_modules'))
    assert.equal(await check(house), '', 'the house itself keeps its rules')
    for (const files of Object.values(violations)) {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(house, file)), { recursive: true })
        await writeFile(path.join(house, file), `${text}\n`)
      }
    }
    const said = await check(house)
    const rules = config.forbidden.map((rule) => rule.name)
    assert.deepEqual(rules.filter((rule) => violations[rule] === undefined), [], 'a rule without its broken example')
    for (const rule of rules) {
      const files = Object.keys(violations[rule])
      assert.ok(said.split('\n').some((line) => line.startsWith(`${rule}: `) && files.some((file) => line.includes(file))), `${rule} stayed silent`)
    }
  } finally {
    await rm(house, { recursive: true, force: true })
  }
})

/** What the check prints of broken rules; empty when there are none. */
async function check(house: string): Promise<string> {
  return await new Promise((resolve) => {
    execFile(process.execPath, ['bin/imports'], { cwd: house, maxBuffer: 1 << 24 }, (error, _stdout, stderr) => resolve(error === null ? '' : stderr))
  })
}
