export { companyDialogs } from './views/dialogs.ts'
