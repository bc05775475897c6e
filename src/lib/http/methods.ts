import type { RouteOptions } from 'fastify'

/** Which methods each address takes, learnt from the routes as they are added; for saying so when another one comes. */
export interface Methods {
  learn(route: Pick<RouteOptions, 'method' | 'url'>): void
  /** Empty when there is no such address at all. */
  find(path: string): string[]
}

export function createMethods(): Methods {
  const routes: { pattern: RegExp; methods: readonly string[] }[] = []
  return {
    learn: ({ method, url }) => void routes.push({ pattern: readPattern(url), methods: [method].flat() }),
    find: (path) => [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].sort(),
  }
}

/** `/api/tasks/:id` or `/media/*`, with or without a slash at the end. */
function readPattern(url: string): RegExp {
  const text = url.replace(/\/$/, '').replace(/[.+?^${}|[\]\\]/g, '\\$&').replace(/:\w+(\([^)]*\))?/g, '[^/]+').replace(/\*/g, '.*')
  return new RegExp(`^${text}/?$`)
}
