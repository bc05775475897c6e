import { html, raw } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { notice } from '../../lib/html/components.ts'
import { icon } from '../../lib/html/icons.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { fill, wordsIn } from '../../words/words.ts'
import { pageData, performancePage } from './frame.ts'

const durationsSeconds = [5, 10, 30, 60]

/** `/admin/performance/profile`: the script records and draws; the heap snapshot is a plain form. */
export function profilePage(context: PageContext): Html {
  const words = wordsIn(context.language).performance.profile
  const data = pageData('profile-data', { language: context.language, words })
  return performancePage(context, 'profile', html`<p class="lead">${words.lead}</p>
    <noscript>${notice('warning', html`<p>${wordsIn(context.language).admin.noScript}</p>`)}</noscript>
    <section class="panel"><h2>${words.cpu}</h2>
      <form class="profile-form" data-profile>
        <div class="field"><label class="label" for="field-seconds">${words.seconds}</label>
          <select class="input select" id="field-seconds" name="seconds">${durationsSeconds.map((count) =>
            html`<option value="${count}"${count === 10 && html` selected`}>${fill(words.secondsChoice, { count })}</option>`)}</select></div>
        <button class="button button-primary" type="submit">${icon('play')}<span>${words.record}</span></button>
        <button class="button" type="button" data-profile-stop hidden>${words.stop}</button>
        <a class="button" data-profile-download hidden>${icon('download')}<span>${words.download}</span></a>
        <label class="button">${words.open}<input class="sr-only" type="file" accept=".cpuprofile,application/json" data-profile-file></label>
      </form>
      <p data-profile-state role="status"></p>
      <div data-profile-result hidden>
        <h3 id="flame-title">${words.flame}</h3>
        <p class="hint" id="flame-help">${words.flameHelp}</p>
        <div class="flame" data-flame tabindex="0" role="group" aria-labelledby="flame-title" aria-describedby="flame-help flame-reading"></div>
        <p class="chart-reading" id="flame-reading" data-flame-reading aria-live="polite"></p>
        <h3>${words.hottest}</h3><ol class="shares" data-hottest></ol>
      </div>
      <p class="hint" data-profile-empty>${words.flameEmpty}</p>
    </section>
    <section class="panel"><h2>${words.heap}</h2><p class="hint">${words.heapLead}</p>
      <form method="post" action="/api/ops/profile/heap"><button class="button" type="submit">${icon('download')}<span>${words.heapTake}</span></button></form>
    </section>
    <script type="application/json" id="${data.id}">${raw(data.json)}</script>`)
}
