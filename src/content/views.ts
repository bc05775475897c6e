/** The pages of orders. Each is a pure function from a view model to HTML. */
export { contentListPage } from './views/list.ts'
export type { ContentListModel } from './views/list.ts'
export { contentCreatePage } from './views/create.ts'
export type { ContentCreateModel } from './views/create.ts'
export { contentDetailPage } from './views/detail.ts'
export { contentProgressFragment } from './views/progress.ts'
export { photoCheckFragment } from './views/score.ts'
