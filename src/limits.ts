import assert from 'node:assert'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const gibibyte = 1024 * mebibyte
const second = 1000
const minute = 60 * second

/** Every number that bounds something, its unit last in its name. Relations between them are asserted below. */
export const limits = {
  // uploads
  photoBytesMax: 50 * mebibyte,
  photoPixelsMax: 100_000_000,
  photoSideMinPixels: 100,
  videoBytesMax: 2 * gibibyte,
  videoDurationMaxSeconds: 30 * 60,
  videoSourceSideMaxPixels: 8192,
  uploadFieldsMax: 32,
  uploadFieldBytesMax: 16 * kibibyte,
  uploadTimeoutMs: 60 * minute,
  uploadIdleTimeoutMs: 60 * second,
  uploadsConcurrentMax: 16,
  /** Of an upload: written at once, and flushed to the disk while more comes in. */
  receiveBatchBytes: 256 * kibibyte,
  receiveFlushBytes: 32 * mebibyte,
  jsonBodyBytesMax: 256 * kibibyte,

  // media
  /** Together, for all photos being decoded at one time; one that needs more is decoded alone. */
  photoDecodeBytesMax: gibibyte,
  previewHeightPerWidthMax: 4,
  blurCharsMax: 400,
  posterSideMaxPixels: 640,
  previewWidthsPixels: [160, 320, 640, 1280],
  targetPhotoSideMaxPixels: 1280,
  compileTimeoutMs: 5 * minute,
  scoreTimeoutMs: 2 * minute,
  /** Photos of one project that a new one is compared with, the newest; so many targets are in memory at a time. */
  lookAlikeTargetsMax: 1000,
  lookAlikeBatchTargets: 100,
  lookAlikesTimeoutMs: 5 * minute,
  lookAlikesMax: 12,
  /** Photos tried before their upload: computed at one time, and altogether with those that wait for it. */
  photoTrialsAtOnceMax: 2,
  photoTrialsMax: 12,
  /** How long such a trial looks for look-alikes; the job after the upload looks at all. */
  photoTrialLookMs: 3 * second,
  photoTrialsRememberedMax: 200,
  /** Photos of one project that its album shows, the newest. */
  albumPhotosMax: 1000,
  albumIndexesAtOnceMax: 1,
  albumIndexTimeoutMs: 60 * second,
  previewsTimeoutMs: 5 * minute,
  encodeThreadsMax: 2,
  probeOutputBytesMax: 4 * mebibyte,
  probeTimeoutMs: 30 * second,
  photoCheckTimeoutMs: 60 * second,
  encodeTimeoutMs: 60 * minute,
  encodeMemoryBytesMax: 3 * gibibyte,
  probeMemoryBytesMax: 2 * gibibyte,
  renditionLongSideMaxPixels: 1280,
  renditionShortSideMaxPixels: 720,
  renditionFramesPerSecondMax: 30,
  renditionBitsPerSecond: 2_000_000,
  /** An upload at or under this rate that otherwise fits is kept as it is. */
  renditionKeepBitsPerSecondMax: 3_000_000,
  mediaReadPieceBytes: 128 * kibibyte,
  incomingSweepIntervalMs: 10 * minute,
  /** A process's folder may be unlocked for as long as it takes to make it. */
  incomingUnlockedMs: minute,
  mediaReadPieceMinBytes: 16 * kibibyte,
  /** Of pieces together, as long as readers are not so many that each has the least already. */
  mediaReadBytesMax: 8 * mebibyte,
  mediaSparePiecesBytesMax: 8 * mebibyte,

  // object store
  s3TimeoutMs: 10 * second,
  s3IdleTimeoutMs: 2 * minute,
  /** A body gets more time by its size. */
  s3BytesPerSecondMin: 256 * kibibyte,
  s3ConnectionsMax: 64,
  s3PartBytes: 8 * mebibyte,
  s3PartsAtOnceMax: 3,
  s3KnownKeysMax: 10_000,
  /** How long a file that was removed elsewhere may still be served here. */
  s3RecheckMs: 5 * minute,
  s3FillsMax: 2,
  /** How long a local path stays good: longer than any job. */
  localPathMs: 70 * minute,

  // jobs
  jobFailuresMax: 4,
  /** Looked for at every start; what is beyond waits for the next one. */
  outdatedTargetsMax: 100_000,
  batchItemsMax: 1000,
  batchTimeoutMs: 10 * minute,
  progressIntervalMs: 250,
  queuePollIntervalMs: 2 * second,
  queueCloseTimeoutMs: 2 * second,
  deadWorkerCheckIntervalMs: 30 * second,
  /** Whoever has only just begun may not have announced itself yet. */
  deadWorkerLockedMinSeconds: 10,

  // cache
  /** How long after an acknowledged write another instance may still show what was before. */
  cacheStalenessMaxMs: 100,
  /** How long one proof of having heard all changes is good for; the rest of the staleness is for the answer's own way. */
  cacheLeaseMs: 80,
  cacheLeaseWaitMs: 50,
  cacheEchoTimeoutMs: second,
  cacheTagsRememberedMax: 100_000,
  cacheTagsPerFlushMax: 100,
  cacheTagCharsMax: 200,
  cacheTopKeysMax: 20,
  cacheEntryBytesMax: 8 * mebibyte,
  redisTimeoutMs: 100,
  redisConnectTimeoutMs: 2 * second,
  redisReconnectMaxMs: second,

  // seeing it
  slowOperationMs: second,
  sampleMs: 10 * second,
  sampleWriteMs: minute,
  samplesKeptMs: 25 * 60 * minute,
  /** Routes and queries of a minute that are kept, those that took the most time. */
  sharesMax: 15,
  spanQueueMax: 4096,
  spanBatchMax: 512,
  telemetryFlushMs: 2 * second,
  telemetryTimeoutMs: 10 * second,
  /** At a stop. */
  telemetryCloseMs: second,
  errorReportsPerMinuteMax: 30,
  cpuProfileSecondsMax: 60,
  heapSnapshotHeapBytesMax: gibibyte,
  factsAgeMaxMs: 5 * second,
  healthAgeMaxMs: second,
  healthTimeoutMs: 2 * second,
  queueAgeDegradedMs: 15 * minute,
  diskFreeDegradedBytes: gibibyte,
  queriesToldApartMax: 500,
  queryTextCharsMax: 2000,

  // text fields
  nameCharsMax: 200,
  emailCharsMax: 254,
  phoneCharsMax: 40,
  orderNumberCharsMax: 64,
  passwordCharsMax: 200,
  userAgentCharsMax: 500,
  durationYearsMax: 100,
  searchCharsMax: 100,

  // lists
  pageLimitDefault: 20,
  pageLimitMax: 100,
  pageMax: 1_000_000,
  exactCountMax: 10_000,
  /** Searches of one or two letters look through as many of the newest. */
  shortSearchOrdersMax: 20_000,
  /** Changes of the blocks' counts that may wait before a reader has them folded. */
  blockChangesMax: 200,

  // HTTP
  urlCharsMax: 8192,
  /** Requests that one process answers at a time, besides files on their way; more are refused at once, with 503. */
  requestsInFlightMax: 4000,
  /** How late the event loop may run, smoothed, before new requests are refused. */
  eventLoopLagMaxMs: second,
  overloadRetrySeconds: 5,
  headersTimeoutMs: 20 * second,
  keepAliveTimeoutMs: 75 * second,
  /** Nothing comes and nothing goes: longer than the longest answer that keeps its reader waiting. */
  connectionIdleTimeoutMs: 10 * minute,
  rangesPerRequestMax: 16,
  signInsPerMinuteMax: 60,
  uploadsPerMinuteMax: 240,
  writesPerMinuteMax: 1200,
  rateKeysMax: 10_000,
  /** How long a CDN may answer by itself, and go on with the old answer while it asks for a new one. */
  cdnFreshSeconds: 10,
  cdnStaleSeconds: 30,

  // sign-in
  accessTokenMs: 15 * minute,
  /** How long after its exchange a refresh token gives the same next one again: two requests of one page, an answer that got lost. */
  refreshGraceMs: 20 * second,
  sessionDays: 30,
  sessionSeenEveryMs: minute,
  passwordCharsMin: 10,
  loginFailuresMax: 5,
  loginLockMs: 15 * minute,
  /** Of all accounts together, from one network. */
  networkLoginsMax: 300,
  networkLoginsMs: 15 * minute,
  /** From the right password to the code of the second factor. */
  secondStepMs: 10 * minute,
  recoveryCodes: 10,
  resetLinkMs: 60 * minute,
  emailLinkMs: 24 * 60 * minute,
  invitationDays: 7,
  /** Password resets asked for, per e-mail and per network. */
  resetsPerEmailMax: 3,
  resetsPerNetworkMax: 30,
  resetsMs: 60 * minute,
  invitationsPerCompanyMax: 100,
  invitationsMs: 60 * minute,
  apiTokensMax: 50,
  apiTokenDaysMax: 366,
  sessionsShownMax: 100,

  // e-mail
  mailTimeoutMs: 20 * second,
  mailFailuresMax: 6,
  mailsShownMax: 50,

  // companies
  slugCharsMax: 60,
  startHeadingCharsMax: 80,
  startTextCharsMax: 300,
  logoBytesMax: 5 * mebibyte,
  logoPixelsMax: 40_000_000,
  logoSideMinPixels: 16,
  logoSideMaxPixels: 512,

  // server
  /** Of the pool: kept open between bursts, and opened besides in one. Listening, locks, visits and the queue have their own. */
  databaseConnectionsKept: 20,
  databaseConnectionsOverflow: 10,
  databaseStatementTimeoutMs: 30 * second,
  databaseLockTimeoutMs: 15 * second,
  /** How long a query waits for a connection, and how many may wait. */
  databaseWaitMs: 5 * second,
  databaseWaitersMax: 2000,
  /** A connection that was idle for longer is asked whether it still answers, and has so long for it. */
  databaseTrustMs: 10 * second,
  databasePingMs: 2 * second,
  databaseIdleMs: minute,
  databaseOverflowIdleMs: 10 * second,
  databaseSweepMs: 5 * second,
  preparedStatementsMax: 500,
  slowQueryPlanEveryMs: minute,

  // visits and their statistics
  /** How long the first report of a batch waits for others. */
  visitGatherMs: 2,
  visitBatchMax: 500,
  visitsWaitingMax: 20_000,
  /** How far behind the statistics are at most, while the server is not overloaded. */
  visitFoldMs: second,
  visitFoldRowsMax: 50_000,
  visitVacuumRows: 50_000,
  visitMonthsAhead: 3,
  visitClockTolerableMs: 23 * 60 * minute,
  buttonClicksMax: 10_000,
  statisticsDaysMax: 3660,
  /** Longer periods are shown by months. */
  statisticsDailyDaysMax: 100,
  /** The hours of the week are of the last so many days. */
  statisticsHoursDaysMax: 91,
  statisticsDailyTop: 10,
  statisticsTop: 50,
  eventStreamsMax: 500,
  eventStreamKeepAliveMs: 15 * second,
  sameSignalMs: 2 * second,
  jobStopGraceMs: second / 2,
  /** What a stop may take beyond the time that requests and jobs are given. */
  stopSlackMs: 10 * second,
  /** A process of a cluster that ends is started again at once; one that ends again and again, ever later. */
  restartPauseMaxMs: 30 * second,
  restartCalmMs: 10 * second,
  startPollMs: 50,
  qrSizeMinPixels: 64,
  qrSizeMaxPixels: 4096,
  visitDurationMaxSeconds: 24 * 60 * 60,
} as const

assert(limits.uploadFieldBytesMax < limits.jsonBodyBytesMax)
assert(limits.photoBytesMax < limits.videoBytesMax)
assert(limits.renditionShortSideMaxPixels < limits.renditionLongSideMaxPixels)
assert(limits.renditionBitsPerSecond <= limits.renditionKeepBitsPerSecondMax)
assert(limits.lookAlikeBatchTargets <= limits.lookAlikeTargetsMax)
assert(limits.photoTrialsAtOnceMax <= limits.photoTrialsMax)
assert(limits.photoTrialLookMs < limits.lookAlikesTimeoutMs)
assert(limits.probeTimeoutMs < limits.encodeTimeoutMs)
assert(limits.localPathMs > limits.encodeTimeoutMs + limits.probeTimeoutMs)
assert(limits.databaseLockTimeoutMs < limits.databaseStatementTimeoutMs)
assert(limits.databaseWaitMs < limits.databaseStatementTimeoutMs)
assert(limits.refreshGraceMs < limits.accessTokenMs)
assert(limits.passwordCharsMin < limits.passwordCharsMax)
assert(limits.cacheLeaseMs < limits.cacheStalenessMaxMs)
assert(limits.spanBatchMax < limits.spanQueueMax)
assert(limits.sampleMs < limits.sampleWriteMs && limits.sampleWriteMs < limits.samplesKeptMs)
assert(limits.cacheLeaseWaitMs < limits.cacheEchoTimeoutMs)
assert(limits.headersTimeoutMs < limits.keepAliveTimeoutMs)
assert(limits.compileTimeoutMs < limits.connectionIdleTimeoutMs)
assert(limits.uploadIdleTimeoutMs < limits.connectionIdleTimeoutMs)
