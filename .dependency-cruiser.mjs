/** Which feature may know which: from → to, each only through the other's front door `to/to.ts`. */
export const featureTable = {
  accounts: [],
  companies: ['accounts', 'media'],
  media: [],
  content: ['accounts', 'companies', 'media'],
  analytics: ['accounts', 'companies', 'content'],
  viewer: ['companies', 'content', 'analytics'],
  ops: ['accounts', 'content'],
}

const features = Object.keys(featureTable)
const anyFeature = `(${features.join('|')})`

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', comment: 'Data flows one way: break the circle by moving what both need to a third place.', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-orphans', severity: 'error', comment: 'Nothing imports this file: use it or remove it.', from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/main\\.ts$'] }, to: {} },
    { name: 'no-unresolved', severity: 'error', comment: 'This import leads nowhere.', from: {}, to: { couldNotResolve: true } },
    { name: 'lib-knows-no-feature', severity: 'error', comment: 'lib serves every feature and may know none; hand in what it needs.', from: { path: '^src/lib/' }, to: { path: `^src/${anyFeature}/` } },
    { name: 'lib-knows-no-app', severity: 'error', comment: 'lib is below main, routes and jobs.', from: { path: '^src/lib/' }, to: { path: '^src/(app|main|serve|cluster|scale|listen|announce|commands|demo|routes|jobs|config)\\.ts$' } },
    {
      name: 'front-door', severity: 'error', comment: 'Between features only through the front door, feature/feature.ts (types of schema.ts and pure views excepted).',
      from: { path: `^src/${anyFeature}/` },
      to: { path: `^src/${anyFeature}/`, pathNot: ['^src/$1/', `^src/${anyFeature}/\\1\\.ts$`, `^src/${anyFeature}/(schema|views)\\.ts$`] },
    },
    ...features.map((feature) => ({
      name: `table-${feature}`, severity: 'error', comment: `${feature} may know ${featureTable[feature].join(', ') || 'no other feature'}; the table stands in .dependency-cruiser.mjs.`,
      from: { path: `^src/${feature}/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^src/${anyFeature}/`, pathNot: [`^src/(${[feature, ...featureTable[feature]].join('|')})/`] },
    })),
    {
      name: 'views-do-no-io', severity: 'error', comment: 'Views are pure functions from a model to HTML.',
      from: { path: '(^|/)(views\\.ts|views/)|^src/lib/html/(?!browser/)', pathNot: '\\.test\\.ts$' },
      to: { path: '(^|/)(queries|routes|pages|jobs)\\.ts$|^src/lib/(db|storage|queue|http|process)|^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)|node_modules/(postgres|kysely|fastify|sharp)' },
    },
    { name: 'queries-know-no-http', severity: 'error', comment: 'Queries speak SQL only.', from: { path: '(^|/)queries\\.ts$' }, to: { path: '^src/lib/(http|html)/|node_modules/(fastify|@fastify)' } },
    {
      name: 'drivers-only-in-lib', severity: 'error', comment: 'Drivers stay behind lib/, so that they can be changed in one place.',
      from: { path: '^src/', pathNot: '^src/lib/' }, to: { path: 'node_modules/(postgres|pg|graphile-worker|kysely-postgres-js|ioredis|@aws-sdk|aws4fetch)(/|$)' },
    },
    {
      name: 'browser-apart-from-server', severity: 'error', comment: 'Browser code may know other browser code, contract.ts, the tracker and packages for browsers.',
      from: { path: '/browser/' }, to: { path: '^src/', pathNot: ['/browser/', '(^|/)contract\\.ts$'] },
    },
    { name: 'server-apart-from-browser', severity: 'error', comment: 'What runs in the browser is only reached through the asset build.', from: { path: '^src/', pathNot: ['/browser/', '\\.test\\.ts$'] }, to: { path: '/browser/' } },
    { name: 'tracker-stands-alone', severity: 'error', comment: 'The tracker is published on its own and depends on nothing.', from: { path: '^packages/tracker/src/', pathNot: '^packages/tracker/src/(cli|cli/)' }, to: { pathNot: '^packages/tracker/' } },
    { name: 'no-test-code', severity: 'error', comment: 'What ships does not import tests.', from: { path: '^(src|packages/[^/]+/src)/', pathNot: '\\.(test|fixture)\\.ts$' }, to: { path: '\\.test\\.ts$|^test/' } },
    { name: 'only-main-knows-routes', severity: 'error', comment: 'main → routes/jobs → feature → lib.', from: { path: `^src/(${features.join('|')}|lib)/`, pathNot: '\\.test\\.ts$' }, to: { path: '^src/(routes|jobs|main|serve|cluster|scale|listen|announce|commands|demo)\\.ts$' } },
    { name: 'no-undeclared-package', severity: 'error', comment: 'Name the package in package.json.', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    { name: 'no-dev-package-in-src', severity: 'error', comment: 'What runs for users may not need a development package.', from: { path: '^src/', pathNot: ['\\.test\\.ts$', '\\.fixture\\.ts$'] }, to: { dependencyTypes: ['npm-dev'], pathNot: ['@types/'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], mainFields: ['module', 'main', 'types'] },
  },
}
