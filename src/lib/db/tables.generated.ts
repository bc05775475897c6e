// Generated from the migrations by `npm run generate`.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

type Timestamp = ColumnType<Date, Date | string, Date | string>
type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>
type Json = ColumnType<unknown, string, string>
type DefaultedJson = ColumnType<unknown, string | undefined, string>

export interface ArContentTable {
  id: GeneratedAlways<number>
  uniqueId: string
  code: string
  companyId: number
  projectId: number
  orderNumber: string
  customerName: string | null
  customerPhone: string | null
  customerEmail: string | null
  durationYears: number | null
  expiresAt: Timestamp | null
  status: 'pending' | 'processing' | 'ready' | 'failed' | 'archived'
  photoSha256: string
  markerStatus: 'pending' | 'processing' | 'ready' | 'failed'
  markerFailure: string | null
  demoNumber: number | null
  createdAt: DefaultedTimestamp
  updatedAt: DefaultedTimestamp
  searchText: GeneratedAlways<string>
}

export interface BatchItemsTable {
  batchId: string
  position: number
  arContentId: number
  status: Generated<'pending' | 'ready' | 'failed'>
  failure: string | null
  taskId: string | null
}

export interface BatchesTable {
  id: string
  companyId: number | null
  action: 'archive' | 'activate' | 'delete' | 'recompile' | 'previews'
  createdAt: DefaultedTimestamp
  finishedAt: Timestamp | null
}

export interface CompaniesTable {
  id: GeneratedAlways<number>
  name: string
  slug: string
  contactEmail: string | null
  createdAt: DefaultedTimestamp
}

export interface ContentBlockChangesTable {
  companyId: number
  projectId: number
  status: string
  block: number
  change: number
}

export interface ContentBlocksTable {
  scope: number
  scopeId: number
  status: string
  level: number
  block: number
  total: number
}

export interface LookAlikesTable {
  arContentId: number
  otherId: number
  similarity: number
}

export interface PerformanceMinutesTable {
  instance: string
  takenAt: Timestamp
  totals: Json
  details: Json
}

export interface PhotosTable {
  sha256: string
  mimeType: string
  extension: string
  sizeBytes: number
  width: number
  height: number
  targetKey: string | null
  targetVersion: number | null
  score: number | null
  advice: Generated<string[]>
  blur: string | null
  previews: DefaultedJson
  createdAt: DefaultedTimestamp
  scoreDetails: Json | null
  scoreVersion: number | null
}

export interface ProjectsTable {
  id: GeneratedAlways<number>
  companyId: number
  name: string
  code: string
  status: Generated<'active' | 'inactive' | 'archived'>
  nextOrderNumber: Generated<number>
  createdAt: DefaultedTimestamp
}

export interface SessionsTable {
  id: string
  userId: number
  tokenSha256: Uint8Array
  userAgent: string | null
  createdAt: DefaultedTimestamp
  expiresAt: Timestamp
}

export interface SettingsTable {
  name: string
  value: Json
}

export interface TaskJobsTable {
  id: GeneratedAlways<number>
  taskId: string
  kind: 'target' | 'previews' | 'video' | 'score'
  videoId: number | null
  status: Generated<'pending' | 'processing' | 'ready' | 'failed'>
  progress: Generated<number>
  runs: Generated<number>
  failures: Generated<number>
  failure: string | null
  startedAt: Timestamp | null
  finishedAt: Timestamp | null
}

export interface TasksTable {
  id: string
  companyId: number
  arContentId: number
  createdAt: DefaultedTimestamp
}

export interface UsersTable {
  id: GeneratedAlways<number>
  email: string
  passwordHash: string
  name: string
  role: 'admin' | 'manager' | 'editor' | 'viewer'
  companyId: number | null
  failedSignIns: Generated<number>
  lockedUntil: Timestamp | null
  createdAt: DefaultedTimestamp
}

export interface VideosTable {
  id: GeneratedAlways<number>
  arContentId: number
  title: string
  position: Generated<number>
  isActive: Generated<boolean>
  status: 'pending' | 'processing' | 'ready' | 'failed'
  failure: string | null
  sourceSha256: string
  sourceKey: string
  sourceMimeType: string
  sourceSizeBytes: number
  renditionKey: string | null
  posterKey: string | null
  sizeBytes: number | null
  durationMs: number | null
  width: number | null
  height: number | null
  createdAt: DefaultedTimestamp
}

export interface VisitChangesTable {
  sign: number
  arContentId: number
  companyId: number
  projectId: number
  startedAt: Timestamp
  source: string
  camera: string | null
  timeToLockMs: number | null
  lockCount: number
  watchedMs: number
  watchedWithoutCamera: boolean
  videoPlayed: boolean
  completed: boolean
  buttonClicks: number
  deviceType: string | null
  os: string | null
  browser: string | null
}

export interface VisitDaysTable {
  scope: number
  scopeId: number
  day: string
  companyId: number
  projectId: number
  opened: Generated<number>
  fromApps: Generated<number>
  cameraGranted: Generated<number>
  cameraRefused: Generated<number>
  cameraAbsent: Generated<number>
  locked: Generated<number>
  played: Generated<number>
  completed: Generated<number>
  clicked: Generated<number>
  withoutCamera: Generated<number>
  clicks: Generated<number>
  locks: Generated<number>
  watchedMs: Generated<number>
  lockTimed: Generated<number>
  lockMs: Generated<number>
  lockUnder1s: Generated<number>
  lockUnder3s: Generated<number>
  lockUnder10s: Generated<number>
  devicePhone: Generated<number>
  deviceTablet: Generated<number>
  deviceDesktop: Generated<number>
  systemIos: Generated<number>
  systemAndroid: Generated<number>
  systemWindows: Generated<number>
  systemMacos: Generated<number>
  systemLinux: Generated<number>
  browserChrome: Generated<number>
  browserSafari: Generated<number>
  browserFirefox: Generated<number>
  browserEdge: Generated<number>
  browserSamsung: Generated<number>
  browserYandex: Generated<number>
}

export interface VisitSlotsTable {
  scope: number
  scopeId: number
  slot: Timestamp
  opened: Generated<number>
  fromApps: Generated<number>
  cameraGranted: Generated<number>
  cameraRefused: Generated<number>
  cameraAbsent: Generated<number>
  locked: Generated<number>
  played: Generated<number>
  completed: Generated<number>
  clicked: Generated<number>
  withoutCamera: Generated<number>
  clicks: Generated<number>
  locks: Generated<number>
  watchedMs: Generated<number>
  lockTimed: Generated<number>
  lockMs: Generated<number>
  lockUnder1s: Generated<number>
  lockUnder3s: Generated<number>
  lockUnder10s: Generated<number>
  devicePhone: Generated<number>
  deviceTablet: Generated<number>
  deviceDesktop: Generated<number>
  systemIos: Generated<number>
  systemAndroid: Generated<number>
  systemWindows: Generated<number>
  systemMacos: Generated<number>
  systemLinux: Generated<number>
  browserChrome: Generated<number>
  browserSafari: Generated<number>
  browserFirefox: Generated<number>
  browserEdge: Generated<number>
  browserSamsung: Generated<number>
  browserYandex: Generated<number>
}

export interface VisitsTable {
  id: string
  arContentId: number
  companyId: number
  projectId: number
  videoId: number | null
  source: 'web' | 'app'
  startedAt: DefaultedTimestamp
  camera: 'granted' | 'refused' | 'absent' | null
  timeToLockMs: number | null
  lockCount: Generated<number>
  durationMs: Generated<number>
  watchedMs: Generated<number>
  watchedWithoutCamera: Generated<boolean>
  videoPlayed: Generated<boolean>
  completed: Generated<boolean>
  buttonClicks: Generated<number>
  trackingQuality: string | null
  deviceType: string | null
  deviceModel: string | null
  os: string | null
  browser: string | null
  updatedAt: DefaultedTimestamp
}

export interface Tables {
  arContent: ArContentTable
  batchItems: BatchItemsTable
  batches: BatchesTable
  companies: CompaniesTable
  contentBlockChanges: ContentBlockChangesTable
  contentBlocks: ContentBlocksTable
  lookAlikes: LookAlikesTable
  performanceMinutes: PerformanceMinutesTable
  photos: PhotosTable
  projects: ProjectsTable
  sessions: SessionsTable
  settings: SettingsTable
  taskJobs: TaskJobsTable
  tasks: TasksTable
  users: UsersTable
  videos: VideosTable
  visitChanges: VisitChangesTable
  visitDays: VisitDaysTable
  visitSlots: VisitSlotsTable
  visits: VisitsTable
}
