import type { Access } from '../src/lib/http/server.ts'
import { createForm, createLogoForm } from './factories.ts'

/**
 * Who may use which route. A line is: the route, who may use it at least, whose ids stand in its address, and a valid
 * request. `$company`, `$content`, … are things of a company (access.things.ts makes them); with another company's the answer has to be
 * 404. `test/access.test.ts` tries every line as everybody, and fails for a route that has none.
 *
 * guest: everybody · signed-in: any account · person: any account, not by API token · viewer, editor, manager: in their company ·
 * admin: the platform's
 */
export const accessTable: readonly AccessRow[] = [
  // Guests
  row('GET /', 'guest'),
  row('GET /v/:id', 'guest', { id: '$code' }, { answers: 200 }),
  row('GET /view/:id', 'guest', { id: '$uniqueId' }),
  row('GET /ar/:id', 'guest', { id: '$uniqueId' }),
  row('GET /p/:code', 'guest', { code: 'Nobody2345' }, { answers: 404 }),
  row('GET /api/viewer/albums/:code', 'guest', { code: 'Nobody2345' }, { answers: 404 }),
  row('GET /api/viewer/albums/:code/:name', 'guest', { code: 'Nobody2345', name: 'index.arvi' }, { answers: [400, 404] }),
  row('GET /api/viewer/demo/list', 'guest'),
  row('GET /api/viewer/ar/:id/check', 'guest', { id: '$uniqueId' }),
  row('GET /api/viewer/ar/:id/manifest', 'guest', { id: '$uniqueId' }),
  row('GET /api/viewer/ar/:id/active-video', 'guest', { id: '$uniqueId' }),
  row('GET /.well-known/assetlinks.json', 'guest'),
  row('GET /.well-known/apple-app-site-association', 'guest'),
  row('POST /api/viewer/visits', 'guest', {}, { body: () => ({
    visit_id: '$uuid', unique_id: '$uniqueId', video_id: null, started_at: '2026-03-05T10:00:00Z', camera: null, time_to_lock_ms: null,
    lock_count: 0, duration_ms: 0, watched_ms: 0, video_played: false, watched_without_camera: false,
  }) }),
  row('POST /api/mobile/sessions', 'guest', {}, { body: () => ({ ar_content_unique_id: '$uniqueId', session_id: '$uuid', device_type: 'phone', device_model: 'Pixel', os: 'Android', user_agent: 'ARV/1' }) }),
  row('POST /api/mobile/analytics', 'guest', {}, { body: () => ({ session_id: '$uuid', duration_seconds: 4 }), answers: 404 }),
  row('GET /media/:hash/:name', 'guest', { hash: 'a'.repeat(64), name: 'photo.jpg' }, { answers: 404 }),
  row('GET /assets/:name', 'guest', { name: 'nothing.js' }, { answers: 404 }),
  row('GET /health/live', 'guest'),
  row('GET /health/ready', 'guest'),

  // Signing in
  row('POST /api/auth/login', 'guest', {}, { body: () => ({ email: 'nobody@example.com', password: 'wrong' }), answers: [401, 429] }),
  row('POST /api/auth/refresh', 'guest', {}, { body: () => ({ refresh_token: 'wrong' }), answers: 401 }),
  row('GET /admin/login', 'guest'),
  row('POST /admin/login', 'guest', {}, { form: { email: 'nobody@example.com', password: 'wrong' }, answers: [401, 429] }),

  row('POST /api/auth/password-reset', 'guest', {}, { body: () => ({ email: 'nobody@example.com' }), answers: 409 }),
  row('POST /api/auth/password-reset/confirm', 'guest', {}, { body: () => ({ token: 'wrong', password: 'long enough 1' }), answers: 410 }),
  row('POST /api/auth/email/confirm', 'guest', {}, { body: () => ({ token: 'wrong' }), answers: 410 }),
  row('POST /api/auth/invitations/accept', 'guest', {}, { body: () => ({ token: 'wrong', name: 'Ed', password: 'long enough 1' }), answers: 410 }),

  row('POST /admin/login/code', 'guest', {}, { form: { step: 'wrong', code: '000000' }, answers: 410 }),
  row('GET /admin/forgot', 'guest'),
  row('POST /admin/forgot', 'guest', {}, { form: { email: 'nobody@example.com' }, answers: 409 }),
  row('GET /admin/reset', 'guest', {}, { query: 'token=wrong', answers: 410 }),
  row('POST /admin/reset', 'guest', {}, { form: { token: 'wrong', password: 'long enough 1' }, answers: 410 }),
  row('GET /admin/join', 'guest', {}, { query: 'token=wrong', answers: 410 }),
  row('POST /admin/join', 'guest', {}, { form: { token: 'wrong', name: 'Ed', password: 'long enough 1' }, answers: 410 }),
  row('GET /admin/email', 'guest', {}, { query: 'token=wrong' }),
  row('POST /admin/email', 'guest', {}, { form: { token: 'wrong' }, answers: 410 }),

  // Oneself
  row('GET /admin/account', 'person'),
  row('POST /admin/account', 'person', {}, { form: { name: 'Edith', language: '' } }),
  row('POST /admin/account/password', 'person', {}, { form: { password: '$password', new_password: 'another-horse-9' } }),
  row('POST /admin/account/email', 'person', {}, { form: { email: '$email', password: '$password' } }),
  row('POST /admin/account/sessions/end', 'person', {}, { form: { id: '$session' } }),
  row('POST /admin/account/two-factor', 'person', {}, { form: { password: '$password' } }),
  row('POST /admin/account/two-factor/confirm', 'person', {}, { form: { code: '000000' }, answers: 409 }),
  row('POST /admin/account/two-factor/codes', 'person', {}, { form: { password: '$password' }, answers: 409 }),
  row('POST /admin/account/two-factor/disable', 'person', {}, { form: { password: '$password' }, answers: 409 }),
  row('POST /admin/account/tokens', 'person', {}, { form: { name: 'Shop', scope: 'write', days: '90' } }),
  row('POST /admin/account/tokens/delete', 'person', {}, { form: { id: '$token' } }),
  row('GET /api/auth/me', 'signed-in'),
  row('PATCH /api/auth/me', 'person', {}, { body: () => ({ name: 'Edith' }) }),
  row('POST /api/auth/password', 'person', {}, { body: () => ({ password: '$password', new_password: 'another-horse-9' }) }),
  row('POST /api/auth/email', 'person', {}, { body: () => ({ email: '$email', password: '$password' }) }),
  row('POST /api/auth/logout', 'person'),
  row('POST /admin/logout', 'person', {}, { form: {} }),
  row('GET /api/auth/sessions', 'person'),
  row('DELETE /api/auth/sessions', 'person'),
  row('DELETE /api/auth/sessions/:id', 'person', { id: '$session' }),
  row('GET /api/auth/two-factor', 'person'),
  row('POST /api/auth/two-factor', 'person', {}, { body: () => ({ password: '$password' }) }),
  row('POST /api/auth/two-factor/confirm', 'person', {}, { body: () => ({ code: '000000' }), answers: 409 }),
  row('POST /api/auth/two-factor/recovery-codes', 'person', {}, { body: () => ({ password: '$password' }), answers: 409 }),
  row('POST /api/auth/two-factor/disable', 'person', {}, { body: () => ({ password: '$password' }), answers: 409 }),
  row('GET /api/auth/tokens', 'person'),
  row('POST /api/auth/tokens', 'person', {}, { body: () => ({ name: 'Shop', scope: 'write', expires_in_days: 30 }) }),
  row('DELETE /api/auth/tokens/:id', 'person', { id: '$token' }),

  // People
  row('GET /admin/people', 'manager'),
  row('POST /admin/people/invite', 'manager', {}, { form: { email: '$email', role: 'editor', company_id: '$company' } }),
  row('POST /admin/people/:id', 'manager', { id: '$colleague' }, { form: { role: 'editor', version: '1' } }),
  row('POST /admin/people/:id/remove', 'manager', { id: '$colleague' }, { form: {} }),
  row('POST /admin/invitations/:id/withdraw', 'manager', { id: '$invitation' }, { form: {} }),
  row('GET /admin/audit', 'manager'),
  row('GET /admin/mails', 'admin'),
  row('POST /admin/mails/test', 'admin', {}, { form: {}, answers: 409 }),
  row('GET /api/people', 'manager'),
  row('GET /api/people/:id', 'manager', { id: '$colleague' }),
  row('PATCH /api/people/:id', 'manager', { id: '$colleague' }, { body: () => ({ role: 'editor' }) }),
  row('DELETE /api/people/:id', 'manager', { id: '$colleague' }),
  row('GET /api/invitations', 'manager'),
  row('POST /api/invitations', 'manager', {}, { body: () => ({ company_id: '$company', email: '$email', role: 'editor' }) }),
  row('DELETE /api/invitations/:id', 'manager', { id: '$invitation' }),

  // Companies and projects
  row('GET /admin/companies', 'manager'),
  row('GET /admin/companies/new', 'admin'),
  row('POST /admin/companies', 'admin', {}, { form: { name: 'New', slug: '', time_zone: 'UTC', language: 'en' } }),
  row('GET /admin/companies/:id', 'manager', { id: '$company' }),
  row('POST /admin/companies/:id', 'manager', { id: '$company' }, { form: { contact_name: 'Ada' } }),
  row('POST /admin/companies/:id/logo', 'manager', { id: '$company' }, { body: async () => await createLogoForm() }),
  row('POST /admin/companies/:id/logo/remove', 'manager', { id: '$company' }),
  row('GET /admin/projects', 'viewer'),
  row('POST /admin/projects', 'editor', {}, { form: { name: 'New', company_id: '$company' } }),
  row('GET /admin/projects/:id', 'viewer', { id: '$project' }),
  row('POST /admin/projects/:id', 'editor', { id: '$project' }, { form: { name: 'Renamed' } }),
  row('GET /api/audit', 'manager'),
  row('GET /api/companies', 'viewer'),
  row('POST /api/companies', 'admin', {}, { body: () => ({ name: 'New', contact_email: 'new@example.com' }) }),
  row('GET /api/companies/:id', 'viewer', { id: '$company' }),
  row('PATCH /api/companies/:id', 'manager', { id: '$company' }, { body: () => ({ contact_name: 'Ada' }) }),
  row('PUT /api/companies/:id/logo', 'manager', { id: '$company' }, { body: async () => await createLogoForm() }),
  row('DELETE /api/companies/:id/logo', 'manager', { id: '$company' }),
  row('GET /api/companies/:id/projects', 'viewer', { id: '$company' }),
  row('POST /api/companies/:id/projects', 'editor', { id: '$company' }, { body: () => ({ name: 'New' }) }),
  row('GET /api/projects/:id', 'viewer', { id: '$project' }),
  row('GET /api/projects/:id/qr.svg', 'viewer', { id: '$project' }),
  row('GET /api/projects/:id/qr.png', 'viewer', { id: '$project' }),
  row('PATCH /api/projects/:id', 'editor', { id: '$project' }, { body: () => ({ name: 'Renamed' }) }),

  // Orders
  row('GET /admin', 'viewer'),
  row('GET /admin/content', 'viewer'),
  row('GET /admin/content/new', 'editor'),
  row('GET /admin/content/:id', 'viewer', { id: '$content' }),
  row('GET /api/ar-content', 'viewer'),
  row('POST /api/ar-content', 'editor', {}, { body: async () => await createForm({ companyId: '$company', projectId: '$project' }) }),
  // It answers at once; what is another company's fails as not_found within.
  row('POST /api/ar-content/batch', 'editor', {}, { body: () => ({ action: 'previews', ids: ['$content'] }), other: 202 }),
  row('GET /api/ar-content/:id', 'viewer', { id: '$content' }),
  row('GET /api/ar-content/:id/qr.svg', 'viewer', { id: '$content' }),
  row('GET /api/ar-content/:id/qr.png', 'viewer', { id: '$content' }),
  row('POST /api/photo-checks', 'editor', {}, { body: async () => await createForm({ projectId: '$project', video: null }) }),
  row('GET /api/tasks/:id', 'viewer', { id: '$task' }),
  row('GET /api/tasks/:id/events', 'viewer', { id: '$task' }),

  // Statistics
  row('GET /admin/statistics', 'viewer', {}, { query: 'of=company-$company' }),
  row('GET /api/analytics/platform', 'admin'),
  row('GET /api/analytics/companies/:id', 'viewer', { id: '$company' }),
  row('GET /api/analytics/projects/:id', 'viewer', { id: '$project' }),
  row('GET /api/analytics/content/:id', 'viewer', { id: '$content' }),

  // Operators
  row('GET /speculation-rules.json', 'guest'),
  row('GET /metrics', 'guest'),
  row('GET /admin/performance', 'admin'),
  row('GET /admin/performance/cache', 'admin'),
  row('POST /admin/performance/cache/flush', 'admin', {}, { form: { tags: 'content' } }),
  row('GET /admin/performance/profile', 'admin'),
  row('GET /admin/performance/health', 'admin'),
  row('GET /api/ops/performance', 'admin'),
  row('GET /api/ops/health', 'admin'),
  row('POST /api/ops/profile/cpu', 'admin', {}, { body: () => ({ seconds: 1 }) }),
  row('POST /api/ops/profile/heap', 'admin'),
  row('GET /api/ops/mails', 'admin'),
  row('GET /api/ops/cache', 'admin'),
  row('POST /api/ops/cache/flush', 'admin', {}, { body: () => ({ tags: ['content'] }) }),
]

export interface AccessRow {
  /** `METHOD /path/:id` */
  route: string
  who: Access
  ids: Record<string, string>
  /** JSON, or multipart when it gives FormData. */
  body?: () => unknown
  /** Fields of an HTML form. */
  form?: Record<string, string>
  /** After the `?`. */
  query?: string
  /** What those who may are answered, where that is no success. */
  answers?: number | readonly number[]
  /** What they are answered with another company's things, where that is no 404. */
  other?: number
}

function row(route: string, who: Access, ids: Record<string, string> = {}, request: Pick<AccessRow, 'body' | 'form' | 'query' | 'answers' | 'other'> = {}): AccessRow {
  return { route, who, ids, ...request }
}
