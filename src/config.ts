import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { cacheTypeNames } from './lib/cache/types.ts'
import type { CacheTypeName } from './lib/cache/types.ts'
import { limits } from './limits.ts'

const emptyToUndefined = (value: unknown) => (value === '' ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(emptyToUndefined, schema.optional())
const withDefault = <T extends z.ZodType>(schema: T, value: z.input<T>) => z.preprocess((given) => emptyToUndefined(given) ?? value, schema)
const flag = (value: boolean) => withDefault(z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'), value ? 'true' : 'false')
const secret = () => optional(z.string())
const mebibyte = 1024 * 1024
/** Names that Fastify knows for private networks. */
const proxyRanges = new Set(['loopback', 'linklocal', 'uniquelocal'])

/** Every environment variable that ARV reads. `.env.example` lists the same keys; a test compares the two. */
export const environment = z.object({
  NODE_ENV: withDefault(z.enum(['development', 'production', 'test']), 'development'),
  PORT: withDefault(z.coerce.number().int().min(0).max(65535), 8000),
  HOST: withDefault(z.string().min(1), '127.0.0.1'),
  WORKER_PORT: withDefault(z.coerce.number().int().min(0).max(65535), 8001),
  WEB_CONCURRENCY: withDefault(z.union([z.literal('auto').transform(() => availableParallelism()), z.coerce.number().int().min(1).max(256)]), 1),
  STOP_GRACE_SECONDS: withDefault(z.coerce.number().int().min(0).max(3600), 10),
  PUBLIC_URL: optional(z.url({ protocol: /^https?$/, error: 'must begin with https:// (or http:// for a try at home)' }).refine(isPlainOrigin, 'must be an address alone, like https://photos.example.com: no path, no ?, no name or password')),
  ARV_DATA: withDefault(z.string().min(1), 'data'),
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/ })),
  S3_ENDPOINT: optional(z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))),
  S3_BUCKET: optional(z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a name of small letters, digits and hyphens')),
  S3_REGION: withDefault(z.string().min(1), 'us-east-1'),
  S3_ACCESS_KEY_ID: secret(),
  S3_SECRET_ACCESS_KEY: secret(),
  S3_CACHE_MB: withDefault(z.coerce.number().int().min(0).max(16_777_216), 4096),
  DATABASE_POOL_SIZE: withDefault(z.coerce.number().int().min(2).max(500), limits.databaseConnectionsKept),
  DATABASE_POOL_OVERFLOW: withDefault(z.coerce.number().int().min(0).max(500), limits.databaseConnectionsOverflow),
  SLOW_QUERY_MS: withDefault(z.coerce.number().int().min(1).max(60_000), 500),
  REDIS_URL: optional(z.url({ protocol: /^rediss?$/ })),
  CDN_URL: optional(z.url({ protocol: /^https?$/ }).refine(isPlainOrigin, 'must be an address alone, like https://cdn.example.com: no path, no ?, no name or password')),
  CACHE_MEMORY_MB: withDefault(z.coerce.number().int().min(1).max(65_536), 100),
  CACHE_DISK_MB: withDefault(z.coerce.number().int().min(0).max(1_048_576), 1024),
  CACHE_TTL_SECONDS: optional(z.string().regex(/^\w+=\d+(,\w+=\d+)*$/, 'must look like lists=3600,answers=60')
    .refine((text) => splitPairs(text).every(([name]) => cacheTypeNames.includes(name as CacheTypeName)), `knows only ${cacheTypeNames.join(', ')}`)),
  ARV_ADMIN_EMAIL: withDefault(z.email(), 'admin@example.com'),
  ARV_ADMIN_PASSWORD: secret(),
  ARV_DEMO: flag(true),
  ARV_WORKER_CONCURRENCY: withDefault(z.coerce.number().int().min(1).max(64), Math.min(64, availableParallelism())),
  TASK_TIMEOUT_SECONDS: optional(z.coerce.number().int().min(1).max(86_400)),
  LOG_LEVEL: withDefault(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  TRUST_PROXY: optional(z.string().refine((text) => splitList(text).every((entry) => isNetwork(entry) || proxyRanges.has(entry)), 'must be addresses or networks of proxies, like 127.0.0.1,10.0.0.0/8')),
  METRICS_TOKEN: optional(z.string().min(16, 'must have at least 16 characters')),
  METRICS_ALLOW: optional(z.string().refine((text) => splitList(text).every(isNetwork), 'must be addresses or networks, like 10.0.0.5,192.168.0.0/16')),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(z.url({ protocol: /^https?$/, error: 'must be the address of a collector, like http://127.0.0.1:4318' })),
  OTEL_EXPORTER_OTLP_HEADERS: optional(z.string().regex(/^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/, 'must look like api-key=secret,other=value')),
  OTEL_SERVICE_NAME: withDefault(z.string().min(1), 'arv'),
  OTEL_TRACES_SAMPLER_ARG: withDefault(z.coerce.number().min(0).max(1), 1),
  SENTRY_DSN: optional(z.string().refine(isSentryDsn, 'must look like https://KEY@HOST/PROJECT')),
  SMTP_URL: optional(z.url({ protocol: /^smtps?$/, error: 'must begin with smtp:// or smtps://' })),
  MAIL_FROM: optional(z.string().max(320).regex(/^[^\r\n]*[^\s@<]+@[^\s@>]+>?$/, 'must be an address like photos@example.com or Photos <photos@example.com>')),
  ANDROID_APP_PACKAGE: optional(z.string()),
  ANDROID_APP_FINGERPRINTS: optional(z.string()),
  APPLE_APP_IDS: optional(z.string()),
})

export interface Config {
  production: boolean
  environment: 'development' | 'production' | 'test'
  port: number
  host: string
  /** Where a `worker` answers for its health; 0: any free one. */
  workerPort: number
  /** Web processes that share the port. */
  webConcurrency: number
  /** What is being answered, or worked on by a `worker`, gets so long to its end when we stop. */
  stopGraceMs: number
  /** Without a trailing slash. Undefined until the port is known when `PORT=0` and no `PUBLIC_URL`. */
  publicUrl: string | undefined
  dataDir: string
  databaseUrl: string | undefined
  /** Where files are kept; undefined: in the data folder. */
  s3: { endpoint: string; bucket: string; region: string; accessKeyId: string; secretAccessKey: string } | undefined
  /** Copies of busy files beside an object store. */
  s3CacheBytesMax: number
  /** Connections of the pool that are kept between bursts, and those that a burst may open besides. */
  databasePool: { size: number; overflow: number }
  /** Queries that take as long are logged with their plan. */
  slowQueryMs: number
  redisUrl: string | undefined
  /** Another host that serves our media and assets, by fetching them from here. Without a trailing slash. */
  cdnUrl: string | undefined
  cacheMemoryBytesMax: number
  /** 0: none. */
  cacheDiskBytesMax: number
  cacheTtlSeconds: Partial<Record<CacheTypeName, number>>
  adminEmail: string
  adminPassword: string | undefined
  demo: boolean
  workerConcurrency: number
  /** No job may take longer, whatever its own limit. */
  taskTimeoutMs: number
  logLevel: string
  /** Addresses or networks whose X-Forwarded-* headers count, separated by commas. */
  trustProxy: string | undefined
  /** Whoever sends it may read the metrics. */
  metricsToken: string | undefined
  /** Addresses and networks that may read the metrics. */
  metricsAllow: string[]
  /** Where traces go. */
  otlp: { endpoint: string; headers: Record<string, string>; service: string; share: number } | undefined
  /** Where errors go. */
  sentryDsn: string | undefined
  smtpUrl: string | undefined
  /** Whom mails come from: an address, or `Name <address>`. */
  mailFrom: string
  androidApp: { package: string; fingerprints: string[] } | undefined
  appleAppIds: string[]
}

/** It stands at the head of every printed link, so nothing may follow the host. */
function isPlainOrigin(url: string): boolean {
  const { pathname, search, hash, username, password } = new URL(url)
  return pathname === '/' && search === '' && hash === '' && username === '' && password === ''
}

/** What is wrong with the environment, every problem at once. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`The settings are not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nSee .env.example for what each one means.`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Reads the environment (and `NAME_FILE` for any `NAME`). Throws ConfigError that names every problem. */
export function readConfig(variables: Record<string, string | undefined>): Config {
  const problems: string[] = []
  const parsed = environment.safeParse(readSecretFiles(variables, problems))
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const env = parsed.data
  const publicUrl = env.PUBLIC_URL?.replace(/\/+$/, '')
  const config: Config = {
    production: env.NODE_ENV === 'production' && publicUrl !== undefined && !isPrivateUrl(publicUrl),
    environment: env.NODE_ENV,
    port: env.PORT,
    host: env.HOST,
    workerPort: env.WORKER_PORT,
    webConcurrency: env.WEB_CONCURRENCY,
    stopGraceMs: env.STOP_GRACE_SECONDS * 1000,
    publicUrl: publicUrl ?? (env.PORT === 0 ? undefined : `http://localhost:${env.PORT}`),
    dataDir: path.resolve(env.ARV_DATA),
    databaseUrl: env.DATABASE_URL,
    s3: readS3(env, problems),
    s3CacheBytesMax: env.S3_CACHE_MB * mebibyte,
    databasePool: { size: env.DATABASE_POOL_SIZE, overflow: env.DATABASE_POOL_OVERFLOW },
    slowQueryMs: env.SLOW_QUERY_MS,
    redisUrl: env.REDIS_URL,
    cdnUrl: env.CDN_URL?.replace(/\/+$/, ''),
    cacheMemoryBytesMax: env.CACHE_MEMORY_MB * mebibyte,
    cacheDiskBytesMax: env.CACHE_DISK_MB * mebibyte,
    cacheTtlSeconds: Object.fromEntries(splitPairs(env.CACHE_TTL_SECONDS ?? '').map(([name, seconds]) => [name, Number(seconds)])),
    adminEmail: env.ARV_ADMIN_EMAIL.toLowerCase(),
    adminPassword: env.ARV_ADMIN_PASSWORD,
    demo: env.ARV_DEMO,
    workerConcurrency: env.ARV_WORKER_CONCURRENCY,
    taskTimeoutMs: (env.TASK_TIMEOUT_SECONDS ?? Infinity) * 1000,
    logLevel: env.LOG_LEVEL,
    trustProxy: env.TRUST_PROXY,
    metricsToken: env.METRICS_TOKEN,
    metricsAllow: splitList(env.METRICS_ALLOW),
    otlp: env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? undefined : {
      endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, headers: readHeaders(env.OTEL_EXPORTER_OTLP_HEADERS), service: env.OTEL_SERVICE_NAME, share: env.OTEL_TRACES_SAMPLER_ARG,
    },
    sentryDsn: env.SENTRY_DSN,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM ?? `ARV <noreply@${publicUrl === undefined ? 'localhost' : new URL(publicUrl).hostname}>`,
    androidApp: env.ANDROID_APP_PACKAGE === undefined ? undefined : { package: env.ANDROID_APP_PACKAGE, fingerprints: splitList(env.ANDROID_APP_FINGERPRINTS) },
    appleAppIds: splitList(env.APPLE_APP_IDS),
  }
  if (config.production) problems.push(...findInsecureValues(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** What a process of ours that we start reads its own settings from. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return { ...process.env }
}

/** Whether phones elsewhere could not open this address: loopback, private network, or a bare host name. */
export function isPrivateUrl(url: string): boolean {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || /\.(localhost|local|internal|lan|home|test|invalid)$/.test(host)) return true
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    return /^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host)
  }
  if (host.includes(':')) return /^(::1?$|f[cd]|fe[89ab])/i.test(host) || /^::ffff:/i.test(host)
  return !host.includes('.')
}

function findInsecureValues(config: Config): string[] {
  const problems: string[] = []
  if (config.publicUrl?.startsWith('http://')) problems.push('PUBLIC_URL: must be https:// in production: phones give the camera to no other page')
  if (config.adminPassword !== undefined && config.adminPassword.length < 12) problems.push('ARV_ADMIN_PASSWORD: must have at least 12 characters in production')
  if (config.smtpUrl !== undefined && config.mailFrom.startsWith('ARV <noreply@')) problems.push('MAIL_FROM: must be set beside SMTP_URL in production: mail servers drop mail from addresses that do not exist')
  return problems
}

/** All of it, or nothing. */
function readS3(env: z.infer<typeof environment>, problems: string[]): Config['s3'] {
  const needed = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const
  const missing = needed.filter((name) => env[name] === undefined)
  if (missing.length === needed.length) return undefined
  problems.push(...missing.map((name) => `${name}: is missing; an object store needs ${needed.join(', ')}`))
  return { endpoint: env.S3_ENDPOINT ?? '', bucket: env.S3_BUCKET ?? '', region: env.S3_REGION, accessKeyId: env.S3_ACCESS_KEY_ID ?? '', secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? '' }
}

function readSecretFiles(variables: Record<string, string | undefined>, problems: string[]): Record<string, string | undefined> {
  const merged = { ...variables }
  for (const name of Object.keys(environment.shape)) {
    const file = variables[`${name}_FILE`]
    if (file === undefined || file === '') continue
    if (merged[name]) problems.push(`${name}: is set both directly and as ${name}_FILE; keep one`)
    try {
      merged[name] = readFileSync(file, 'utf8').trim()
    } catch (error) {
      problems.push(`${name}_FILE: cannot be read (${(error as Error).message})`)
    }
  }
  return merged
}

/** A value may hold further `=`. */
function readHeaders(text: string | undefined): Record<string, string> {
  return Object.fromEntries(splitList(text).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

function isSentryDsn(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username !== '' && /\/\d+$/.test(url.pathname)
}

/** An address, or a network like 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** `a=1,b=2` */
function splitPairs(text: string): string[][] {
  return splitList(text).map((pair) => pair.split('='))
}

function splitList(text: string | undefined): string[] {
  return (text ?? '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '')
}
