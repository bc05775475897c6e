/**
 * What is counted of visits, each as an SQL expression over one visit (`v`, a row of `visits` or of `visit_changes`). Migration 0005a has
 * a column of the same name in both rollups. A recount with the same expressions gives the same numbers; a test holds that.
 */
export const metrics = {
  opened: '1',
  from_apps: `(v.source = 'app')::int`,
  camera_granted: `(v.camera = 'granted')::int`,
  camera_refused: `(v.camera = 'refused')::int`,
  camera_absent: `(v.camera = 'absent')::int`,
  locked: `(v.lock_count > 0)::int`,
  played: 'v.video_played::int',
  completed: 'v.completed::int',
  clicked: '(v.button_clicks > 0)::int',
  without_camera: 'v.watched_without_camera::int',
  clicks: 'v.button_clicks',
  locks: 'v.lock_count',
  watched_ms: 'v.watched_ms',
  // Visits with a time to first lock, the sum of those times, and how many took how long.
  lock_timed: '(v.time_to_lock_ms is not null)::int',
  lock_ms: 'coalesce(v.time_to_lock_ms, 0)',
  lock_under_1s: '(v.time_to_lock_ms < 1000)::int',
  lock_under_3s: '(v.time_to_lock_ms >= 1000 and v.time_to_lock_ms < 3000)::int',
  lock_under_10s: '(v.time_to_lock_ms >= 3000 and v.time_to_lock_ms < 10000)::int',
  device_phone: `(v.device_type = 'phone')::int`,
  device_tablet: `(v.device_type = 'tablet')::int`,
  device_desktop: `(v.device_type = 'desktop')::int`,
  system_ios: `(v.os = 'iOS')::int`,
  system_android: `(v.os = 'Android')::int`,
  system_windows: `(v.os = 'Windows')::int`,
  system_macos: `(v.os = 'macOS')::int`,
  system_linux: `(v.os = 'Linux')::int`,
  browser_chrome: `(v.browser = 'Chrome')::int`,
  browser_safari: `(v.browser = 'Safari')::int`,
  browser_firefox: `(v.browser = 'Firefox')::int`,
  browser_edge: `(v.browser = 'Edge')::int`,
  browser_samsung: `(v.browser = 'Samsung')::int`,
  browser_yandex: `(v.browser = 'Yandex')::int`,
} as const

export type Metric = keyof typeof metrics
export const metricNames = Object.keys(metrics) as Metric[]
export type Metrics = Record<Metric, number>

/** Whose visits: everybody's, of a company, of a project, of one order. The number stands in `scope`. */
export const scopes = { platform: 0, company: 1, project: 2, content: 3 } as const
export type ScopeName = keyof typeof scopes
export interface Scope {
  name: ScopeName
  /** 0 for the platform. */
  id: number
}
