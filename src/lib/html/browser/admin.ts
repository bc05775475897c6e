// What the admin pages do beyond HTML. Everything listens on the document, so that it goes on working in parts of a
// page that htmx has just replaced. No inline script, no eval: a strict Content-Security-Policy holds.
import './swaps.ts'
import './menus.ts'
import './copy.ts'
import './tasks.ts'
import './companies.ts'
import './pickers.ts'
import './colours.ts'
import { preparePhotoCheck } from './check.ts'
import { openDialog } from './dialogs.ts'
import { prepareUpload } from './upload.ts'

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-show-password]')) button.hidden = false
for (const dialog of document.querySelectorAll('dialog[data-open]')) openDialog(dialog.id)
const form = document.querySelector<HTMLFormElement>('form[data-upload]')
if (form) {
  prepareUpload(form)
  preparePhotoCheck(form)
}

// Days begin when they begin for the reader.
document.cookie = `tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)}; path=/; max-age=31536000; samesite=lax`
