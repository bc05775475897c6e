// Generated from the migrations by `npm run generate`.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

type Timestamp = ColumnType<Date, Date | string, Date | string>
type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>
type Json = ColumnType<unknown, string, string>
type DefaultedJson = ColumnType<unknown, string | undefined, string>

export interface AccountLinksTable {
  sha256: Uint8Array
  kind: 'reset-password' | 'change-email' | 'second-step'
  userId: number
  email: string | null
  createdAt: DefaultedTimestamp
  expiresAt: Timestamp
}

export interface ApiTokensTable {
  id: GeneratedAlways<number>
  userId: number
  name: string
  sha256: Uint8Array
  beginning: string
  scope: 'read' | 'write' | 'manage'
  createdAt: DefaultedTimestamp
  lastUsedAt: Timestamp | null
  expiresAt: Timestamp | null
}

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

export interface AttemptsTable {
  key: string
  count: number
  endsAt: Timestamp
}

export interface AuditLogTable {
  id: GeneratedAlways<number>
  at: DefaultedTimestamp
  companyId: number | null
  userId: number | null
  userName: string | null
  action: string
  kind: string
  subjectId: string | null
  subjectName: string
  changes: DefaultedJson
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
  version: Generated<number>
  status: Generated<'active' | 'inactive'>
  contactName: string | null
  contactPhone: string | null
  timeZone: Generated<string>
  language: Generated<'en' | 'ru'>
  logoKey: string | null
  logoWidth: number | null
  logoHeight: number | null
  accentColour: string | null
  startHeading: string | null
  startText: string | null
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

export interface InvitationsTable {
  id: GeneratedAlways<number>
  companyId: number | null
  email: string
  role: 'admin' | 'manager' | 'editor' | 'viewer'
  language: 'en' | 'ru'
  invitedBy: number | null
  sha256: Uint8Array | null
  createdAt: DefaultedTimestamp
  expiresAt: Timestamp
}

export interface LookAlikesTable {
  arContentId: number
  otherId: number
  similarity: number
}

export interface MailsTable {
  id: GeneratedAlways<number>
  kind: 'invitation' | 'reset-password' | 'change-email' | 'email-taken' | 'test'
  recipient: string
  language: 'en' | 'ru'
  companyId: number | null
  userId: number | null
  invitationId: number | null
  status: Generated<'waiting' | 'sent' | 'failed'>
  failures: Generated<number>
  problem: string | null
  createdAt: DefaultedTimestamp
  sentAt: Timestamp | null
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
  version: Generated<number>
}

export interface RecoveryCodesTable {
  userId: number
  sha256: Uint8Array
  usedAt: Timestamp | null
}

export interface SessionTokensTable {
  sha256: Uint8Array
  sessionId: string
  kind: 'access' | 'refresh'
  expiresAt: Timestamp
  exchangedAt: Timestamp | null
}

export interface SessionsTable {
  id: string
  userId: number
  userAgent: string | null
  createdAt: DefaultedTimestamp
  expiresAt: Timestamp
  lastSeenAt: DefaultedTimestamp
  refreshSecret: Uint8Array | null
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
  createdAt: DefaultedTimestamp
  version: Generated<number>
  language: 'en' | 'ru' | null
  passwordChangedAt: DefaultedTimestamp
  totpSecret: Uint8Array | null
  totpConfirmedAt: Timestamp | null
  totpLastStep: number | null
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
  accountLinks: AccountLinksTable
  apiTokens: ApiTokensTable
  arContent: ArContentTable
  attempts: AttemptsTable
  auditLog: AuditLogTable
  batchItems: BatchItemsTable
  batches: BatchesTable
  companies: CompaniesTable
  contentBlockChanges: ContentBlockChangesTable
  contentBlocks: ContentBlocksTable
  invitations: InvitationsTable
  lookAlikes: LookAlikesTable
  mails: MailsTable
  performanceMinutes: PerformanceMinutesTable
  photos: PhotosTable
  projects: ProjectsTable
  recoveryCodes: RecoveryCodesTable
  sessionTokens: SessionTokensTable
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
