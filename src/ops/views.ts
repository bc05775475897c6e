import { emptyState, notice, picture } from '../lib/html/components.ts'
import type { PictureModel } from '../lib/html/components.ts'
import { html, raw } from '../lib/html/html.ts'
import type { Html } from '../lib/html/html.ts'
import { icon } from '../lib/html/icons.ts'
import { page } from '../lib/html/layout.ts'
import type { PageContext } from '../lib/html/layout.ts'
import { fill, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import { printPicture, scanPicture, uploadPicture } from './pictures.ts'

/** What the welcome page shows of the demo order; a `ContentView` fits. */
export interface WelcomeDemo {
  status: 'pending' | 'processing' | 'ready' | 'failed' | 'archived'
  failure: { message: string } | null
  short_link: string
  photo_url: string
  photo_width: number
  photo_height: number
  photo_blur: string | null
  previews: PictureModel['previews']
  task: { progress: number; jobs: { kind: 'target' | 'previews' | 'video' | 'score'; status: string }[] } | null
}

export interface WelcomeModel {
  /** The demo order; null when this server has none. */
  demo: WelcomeDemo | null
  /** The demo's QR code as SVG markup that we made. */
  demoCode: string | null
  /** Whether a phone could open PUBLIC_URL: false for localhost. */
  isReachable: boolean
  /** Whether the certificate is one that this computer made itself. */
  isSelfSigned: boolean
}

/** `/`: what ARV is, and the demo to try at once. While the demo is prepared, its part asks for itself every second. */
export function welcomePage(context: PageContext, model: WelcomeModel): Html {
  const words = wordsIn(context.language)
  return page(context, {
    title: words.admin.name,
    main: html`<section class="hero">
      <h1>${words.welcome.title}</h1>
      <p class="hero-lead">${words.welcome.lead}</p>
      <p class="row row-centre">
        ${model.demo && html`<a class="button button-primary button-large"
          href="#demo">${icon('phone')}<span>${words.welcome.tryIt}</span></a>`}
        <a class="button button-large" href="${context.user ? '/admin/content' : '/admin/login'}">
          ${context.user ? words.welcome.openAdmin : words.admin.signIn}</a>
      </p>
    </section>
    ${demo(context, model)}
    ${steps(context.language)}`,
  })
}

function demo(context: PageContext, model: WelcomeModel): Html {
  const words = wordsIn(context.language).welcome
  if (model.demo === null) return html`<section class="demo demo-none"
    id="demo">${emptyState({ title: words.demoNone, text: words.demoNoneText })}</section>`
  if (model.demo.status === 'ready') return demoReady(context.language, model.demo, model)
  if (model.demo.status === 'failed') {
    return html`<section class="demo demo-none" id="demo">
      ${notice('problem', html`<strong>${words.demoFailed}</strong><p>${model.demo.failure?.message}</p>`)}</section>`
  }
  return demoPreparing(context.language, model.demo)
}

function demoReady(language: Language, content: WelcomeDemo, model: WelcomeModel): Html {
  const words = wordsIn(language).welcome
  return html`<section class="demo" id="demo" aria-labelledby="title-demo">
    <div class="demo-photo">${picture({
      alt: words.demoAlt, url: content.photo_url, width: content.photo_width, height: content.photo_height, blur: content.photo_blur,
      previews: content.previews, sizes: '(min-width: 1024px) 860px, 100vw', eager: true,
    })}</div>
    <div class="demo-side">
      <h2 id="title-demo">${words.demoTitle}</h2>
      <div class="demo-scan">
        ${model.demoCode && html`<a class="code-paper demo-code" href="${content.short_link}"
          aria-label="${fill(words.demoCodeAlt, { link: content.short_link })}">${raw(model.demoCode)}</a>`}
        <ol class="demo-steps"><li>${words.demoSteps.scan}</li><li>${words.demoSteps.allow}</li><li>${words.demoSteps.point}</li></ol>
      </div>
      ${!model.isReachable && notice('warning',
        html`<strong>${words.localTitle}</strong><p>${words.localText}</p><p><code>npm start -- --lan</code></p>`)}
      ${model.isReachable && model.isSelfSigned && notice('info', words.selfSigned)}
      <p><a href="${content.short_link}">${words.demoHere}</a></p>
    </div>
  </section>`
}

function demoPreparing(language: Language, content: WelcomeDemo): Html {
  const words = wordsIn(language)
  const percent = Math.round((content.task?.progress ?? 0) * 100)
  const running = content.task?.jobs.find((job) => job.status === 'processing')
  return html`<section class="demo demo-none demo-wait" id="demo" hx-get="/" hx-trigger="every 1s" hx-target="#demo" hx-select="#demo"
    hx-swap="outerMorph" data-live>
    <div class="empty"><h2>${words.welcome.demoPreparing}</h2>
      <p>${words.welcome.demoPreparingText}</p>
      <progress class="progress progress-large" max="100" value="${percent}" aria-label="${words.welcome.demoPreparing}"></progress>
      <p class="hint">${running ? `${words.admin.jobs[running.kind]} · ` : ''}${percent} %</p></div>
  </section>`
}

function steps(language: Language): Html {
  const words = wordsIn(language).welcome
  const step = (drawing: Html, text: { title: string; text: string }) => html`<li
    class="step">${drawing}<h3>${text.title}</h3><p>${text.text}</p></li>`
  return html`<section class="how" aria-labelledby="title-how">
    <h2 id="title-how">${words.how}</h2>
    <ol class="steps">
      ${step(uploadPicture(), words.steps.upload)}
      ${step(printPicture(), words.steps.print)}
      ${step(scanPicture(), words.steps.scan)}
    </ol>
  </section>`
}
